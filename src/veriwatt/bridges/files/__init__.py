"""Readings from files: delimited text, Excel, Parquet, under a mapping in TOML (docs/mapping.md)."""

from veriwatt.bridges.files.mapping import Mapping, PointRule, load_mapping
from veriwatt.bridges.files.read import FileReadings, FileSource, read_file
from veriwatt.bridges.files.rejections import Rejection
from veriwatt.bridges.files.series import Series

__all__ = ["FileReadings", "FileSource", "Mapping", "PointRule", "Rejection", "Series", "load_mapping", "read_file"]
