"""What the product asks of the operating system: files, locks, SQLite, clock, configuration files."""
