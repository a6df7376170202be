"""The light blocks that lead from an older checkpoint to the light block of an evidence file.

    path = [path block ...]     in ascending order of heights, below the light block's

A file needs none where one step of skipping verification leads there. Spec: docs/spec/evidence.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from veriwatt.encoding import Fields, Value
from veriwatt.errors import Malformed
from veriwatt.model.evidence.path_block import PathBlocks, read_blocks
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.validators import MAX_VALIDATORS

MAX_PATH_BLOCKS = 64
"""Two thirds of the power are other keys' from each of them to the next."""


def check_path(path: Sequence[LightBlock], light: LightBlock) -> None:
    """Raise Malformed unless the heights ascend to that of `light`, and all have no more validators than one may.

    A reader verifies every vote, so a file with a path makes no more work than one without.
    """
    if not path:
        return
    heights = [block.header.height for block in (*path, light)]
    if len(path) > MAX_PATH_BLOCKS or any(left >= right for left, right in pairwise(heights)):
        raise Malformed(f"evidence: the path is not of 1 to {MAX_PATH_BLOCKS} light blocks of ascending heights")
    if sum(len(block.validators.validators) for block in (*path, light)) > MAX_VALIDATORS:
        raise Malformed(f"evidence: the light blocks have more than {MAX_VALIDATORS} validators together")


def path_fields(path: Sequence[LightBlock], light: LightBlock) -> Value:
    """The blocks in short form, each of the chain of `light`, and without a vote for no block."""
    writing = PathBlocks(light)
    return [writing.fields(block) for block in path]


def read_path(f: Fields, light: LightBlock) -> tuple[LightBlock, ...]:
    """The next field as a path to `light`, which has a block at least; raises Malformed."""
    path = read_blocks(f.list("path", MAX_PATH_BLOCKS), light)
    if not path:
        raise Malformed("evidence: a file without a path has no field for it")
    return path
