"""Reports, and what moderators and operators do. Imports the files of http itself only."""
