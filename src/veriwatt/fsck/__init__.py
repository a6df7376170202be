"""The whole-system check of a home: it reads the files alone, writes nothing, and reports every problem."""
