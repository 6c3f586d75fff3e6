"""What the Makefile runs: the commands that start things."""
