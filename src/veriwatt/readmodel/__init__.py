"""Views that can be deleted and are rebuilt: where frames lie (SQLite), and readings in columns (DuckDB)."""
