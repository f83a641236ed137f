"""The rules of `check`, one file each: a file in this folder is a rule, named by its file."""
