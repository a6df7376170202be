"""Questions about readings, answered with every frame that the node had accepted when it was asked.

The readings view follows the data chains. An answer from a view that is behind would give figures, and make evidence,
of values that a correction replaced, and call slots of accepted frames missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from veriwatt.api.api_node import ApiNode, Worker
from veriwatt.errors import Unavailable

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds that a question waits for the view."""


class ViewBehind(Unavailable):
    """The readings view has yet to take in frames that were accepted before the question."""

    code = "view-behind"

    def __init__(self, frames: int) -> None:
        super().__init__(
            f"the readings view has yet to take in {frames:,} accepted frames: figures and evidence could be of values "
            "that were corrected; ask again in a while"
        )
        self.frames = frames


async def ask_current(worker: Worker, question: Callable[[ApiNode], T], patience: float = PATIENCE) -> T:
    """The node's answer, once its view has the frames that were accepted when this was called.

    Frames are taken in piece by piece on the threads that read, so that no other question waits long, and no frame
    that is posted waits at all.

    Raises:
        ViewBehind: the view does not have them within `patience` seconds.
        Unavailable: the view cannot be read or written now.
    """
    accepted: dict[str, int] = {}

    def step(node: ApiNode) -> tuple[int, tuple[T, ...]]:
        if not accepted:
            accepted.update((chain.org, chain.frames) for chain in node.chains())
        behind = node.take_in(accepted)
        return behind, () if behind else (question(node),)

    give_up_at = time.monotonic() + patience
    while True:
        behind, answer = await worker.read(step)
        if answer:
            return answer[0]
        if time.monotonic() >= give_up_at:
            raise ViewBehind(behind)
