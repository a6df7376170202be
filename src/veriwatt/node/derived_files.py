"""The files of a home that are derived from its objects: damaged ones are deleted, and made again by who opens them."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from veriwatt.home.paths import HomePaths
from veriwatt.readmodel.frame_index import FrameIndex, IndexDamaged, delete_index
from veriwatt.readmodel.readings_tables import ViewDamaged, delete_view
from veriwatt.readmodel.readings_view import ReadingsView

logger = logging.getLogger(__name__)


def delete_index_and_tiles(paths: HomePaths) -> None:
    """Delete what opening the data chains makes again; before any of them is open."""
    logger.warning("index and tiles are deleted, and made again from the objects")
    delete_index(paths.index)
    for folder in paths.chains.glob("*/tile"):
        shutil.rmtree(folder)


def open_index(path: Path) -> FrameIndex:
    """The index at `path`, without a row if it was damaged."""
    try:
        return FrameIndex(path)
    except IndexDamaged as error:
        delete_damaged_index(path, error)
        return FrameIndex(path)


def delete_damaged_index(path: Path, error: IndexDamaged) -> None:
    """Tell the damage of an index that is closed, and delete it."""
    logger.warning("%s; it is rebuilt now", error)
    delete_index(path)


def open_view(path: Path, chain_id: str) -> ReadingsView:
    """The readings view at `path`, without a row if it was damaged."""
    try:
        return ReadingsView(path, chain_id)
    except ViewDamaged as error:
        delete_damaged_view(path, error)
        return ReadingsView(path, chain_id)


def delete_damaged_view(path: Path, error: ViewDamaged) -> None:
    """Tell the damage of a view that is closed, and delete it."""
    logger.warning("%s; it is filled anew now", error)
    delete_view(path)
