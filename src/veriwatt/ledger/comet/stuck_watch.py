"""Whether a node rests while its network goes on, although its CometBFT runs.

CometBFT ends its consensus, but not its process, when it cannot write its own log: a disk that was full for a moment
leaves it there for ever. And a node that peers turn away as soon as they are connected stops dialling them after a few
times (CometBFT takes the next end for one that it is mending already), so it never learns that it is let in by now.
"""

from __future__ import annotations

from collections.abc import Sequence

LOOK_EVERY = 5.0
"""Seconds between two looks at the peers."""

STUCK_AFTER = 20.0
"""Seconds without a block while the peers go on: many times what a block takes to be fetched and executed."""

SYNC_STUCK_AFTER = 300.0
"""Seconds of a state sync in which CometBFT asks for nothing: it waits two minutes for a part that a peer withholds."""

ALONE_AFTER = 60.0
"""Seconds without any peer: with the next start all are dialled anew."""

AHEAD = 3
"""Heights: a peer works on the block after ours, and may have decided it before we hear."""


class StuckWatch:
    """Looks, in order of time. It starts anew with the node."""

    def __init__(self) -> None:
        self._at, self._since = (-1, 0), 0.0

    def is_stuck(self, now: float, height: int, peers: Sequence[int], synced: int | None = None) -> bool:
        """Whether the newest block has been `height` for long, while the peers work on later ones.

        The lower median of the peers counts: *one that claims to be far ahead has nobody restarted*. A node without
        blocks that takes a snapshot has more time: `synced` counts what it was asked. *Were it started again while a
        peer withholds, it would ask the same peer first, for ever.*
        """
        typical, at = sorted(peers)[(len(peers) - 1) // 2] if peers else 0, (height, synced or 0)
        if at != self._at or typical < height + AHEAD:
            self._at, self._since = at, now
        return now - self._since >= (STUCK_AFTER if synced is None else SYNC_STUCK_AFTER)


class AloneWatch:
    """Looks at how many peers there are, in order of time. It starts anew with the node."""

    def __init__(self, now: float) -> None:
        self._since = now

    def is_alone(self, now: float, peers: int) -> bool:
        """Whether there has been none for long."""
        if peers:
            self._since = now
        return now - self._since >= ALONE_AFTER
