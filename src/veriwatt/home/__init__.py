"""A node's home on disk: paths, settings, keys and their backups."""
