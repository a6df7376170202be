"""Readings from files: delimited text, Excel, Parquet, under a mapping in TOML (docs/mapping.md)."""
