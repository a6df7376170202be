"""The whole-system check of a home: from the files alone, read-only, never stopping at the first problem."""
