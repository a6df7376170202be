"""A wake-up call: bytes that are let into the mempool of an idle network so that it makes a block, and into no block.

CometBFT makes a block as soon as a transaction waits. The header of that block has the time at which the block before
was voted for, which on an idle network was long ago; the votes for it are of the present, and bound the time of the
header after it. Whoever needs that bound to move on, a log host with frames to anchor, so has to have a block made.
"""

from __future__ import annotations

_NAME = b"wake-up "


def wake_up_call(height: int) -> bytes:
    """The call that asks for the block after `height`; it says nothing once that block is there."""
    return _NAME + b"%d" % height
