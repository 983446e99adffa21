"""Reports, and the work of moderators and operators. Imports the files of http itself only."""
