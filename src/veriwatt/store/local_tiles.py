"""The tiles of a data chain on this machine's disk: one file each, at its path by C2SP tlog-tiles."""

from __future__ import annotations

from pathlib import Path

from veriwatt.merkle.tiles import Tile, tile_path
from veriwatt.system.files import Files, save


class LocalTiles:
    """A `TileStore` in a folder: `<folder>/tile/<level>/<index>`."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files, self._folder = files, folder

    def put(self, tile: Tile) -> None:
        save(self._files, self.path(tile.level, tile.index), tile.hashes)

    def get(self, level: int, index: int) -> bytes:
        return self._files.read(self.path(level, index))

    def has(self, level: int, index: int) -> bool:
        return self._files.exists(self.path(level, index))

    def path(self, level: int, index: int) -> Path:
        """The path of a tile, stored or not."""
        return self._folder / tile_path(level, index)
