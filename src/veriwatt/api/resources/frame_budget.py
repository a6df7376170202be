"""The budget of frame checks: seconds of one core, charged before they are spent, given back for what is accepted.

A post is charged to its address and to all strangers. While strangers wait, or have spent their share, the node first
asks whose it is: the last upload of the post is checked by rules 1 to 3. If a terminal with a frame in the chain signed
it, under a number that is not older than its newest, the post is that terminal's: charged to it, in its own lane.
So rubbish takes nothing from a terminal, even from its address and under its name. A post that ends with the terminal's
newest frame once more, after a lost answer or by a stranger who saw it, is charged to a second share of the terminal,
in a lane of its own: no new frame waits for it. The question costs one check a post, less than receiving it has cost.
"""

from __future__ import annotations

from collections.abc import Sequence

from veriwatt.api.api_node import ACCEPTED, KNOWN, FrameOutcome, Worker
from veriwatt.api.limits import Buckets
from veriwatt.api.resources.payer import Payer
from veriwatt.api.resources.policy import (
    ADDRESS_BURST,
    ADDRESS_RATE,
    BYTE_SECONDS,
    FRAME_SECONDS,
    PART_FRAMES,
    STRANGERS_BURST,
    STRANGERS_RATE,
    TERMINAL_BURST,
    TERMINAL_RATE,
)

STRANGERS = "all strangers"


class FrameBudget:
    """Who pays for a post, and what is left to each."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._strangers = Buckets("frames of unknown senders", STRANGERS_RATE, STRANGERS_BURST)
        self._addresses = Buckets("frames from one address", ADDRESS_RATE, ADDRESS_BURST)
        self._terminals = Buckets("frames of one terminal", TERMINAL_RATE, TERMINAL_BURST)

    async def charge(self, uploads: Sequence[bytes], address: Payer, *, busy: bool) -> Payer:
        """Charge the check of a post to whoever pays for it, before it is made.

        Args:
            busy: whether frames of strangers wait.

        Raises:
            RateLimited: the payer has nothing left.
        """
        if busy or not (self._addresses.has(address.name) and self._strangers.has(STRANGERS)):
            last = uploads[-1]
            sender = await self._worker.ask(lambda node: node.proven_sender(last))
            if sender is not None:
                payer = Payer(sender.terminal, proven=True, again=sender.again)
                self._terminals.take(payer, cost(uploads))
                return payer
        self._addresses.take(address.name, cost(uploads))
        self._strangers.take(STRANGERS, cost(uploads))
        return address

    def settle(self, uploads: Sequence[bytes], payer: Payer, address: Payer, outcomes: Sequence[FrameOutcome]) -> None:
        """Give back the cost of the frames that were accepted.

        Of the refused frames in a proven terminal's post a part is the terminal's, the others are the address's: a
        frame of it that somebody else sends along, under its newest number, does not spend the terminal's share.
        """
        accepted = [upload for upload, each in zip(uploads, outcomes, strict=True) if each.code == ACCEPTED]
        if not payer.proven:
            self.give_back(accepted, payer)
            return
        refused = [u for u, each in zip(uploads, outcomes, strict=True) if each.code not in (ACCEPTED, KNOWN)]
        self._terminals.spend(payer, -cost(accepted) - cost(refused[PART_FRAMES:]))
        self._spend(address, cost(refused[PART_FRAMES:]))

    def give_back(self, uploads: Sequence[bytes], payer: Payer) -> None:
        """Give back what was charged for these uploads, as for a post that finds no place."""
        if payer.proven:
            self._terminals.spend(payer, -cost(uploads))
        else:
            self._spend(payer, -cost(uploads))

    def _spend(self, address: Payer, seconds: float) -> None:
        self._addresses.spend(address.name, seconds)
        self._strangers.spend(STRANGERS, seconds)


def cost(uploads: Sequence[bytes]) -> float:
    """Seconds of one core that checking these uploads takes, estimated."""
    return len(uploads) * FRAME_SECONDS + sum(map(len, uploads)) * BYTE_SECONDS
