"""One REST resource a file, routes declared beside their handlers."""
