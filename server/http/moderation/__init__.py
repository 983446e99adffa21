"""Reports, and the work of moderators and operators. Imports no other package."""
