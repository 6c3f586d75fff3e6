"""Offline checks of the project's files: every finding is a line `file:line: what is wrong`."""
