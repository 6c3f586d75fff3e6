"""Taking away what the project made: one file a product finds what is ours there, names the rest, and removes."""
