"""Access to the operating system: files, locks, SQLite, the clock, configuration files."""
