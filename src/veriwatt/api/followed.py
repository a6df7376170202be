"""Questions that need the index of hashes, asked once it has taken in every block that was there before."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from veriwatt.api.api_node import ApiNode, Worker
from veriwatt.errors import Unavailable

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds that a question waits for the index."""

BLOCKS_AT_ONCE = 500
"""Blocks that are taken in before another question has its turn."""


class HashesBehind(Unavailable):
    """The index of hashes has yet to take in blocks, so what it does not find may be there."""

    code = "hashes-behind"

    def __init__(self, blocks: int) -> None:
        super().__init__(f"the index of hashes has yet to take in {blocks:,} blocks; ask again in a while")
        self.blocks = blocks


async def ask_followed(worker: Worker, question: Callable[[ApiNode], T]) -> T:
    """The node's answer, once its index of hashes has come to the newest block.

    Raises:
        HashesBehind: it has not within `PATIENCE` seconds; what it has taken in it keeps.
    """
    give_up_at = time.monotonic() + PATIENCE
    while behind := await worker.read(lambda node: node.explored.hashes.follow(node.ledger, BLOCKS_AT_ONCE)):
        if time.monotonic() >= give_up_at:
            raise HashesBehind(behind)
    return await worker.read(question)
