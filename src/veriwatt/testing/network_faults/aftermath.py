"""What must be true after a fault: the honest nodes agree, nothing accepted is lost, every honest home is clean."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from veriwatt.ledger.open_ledger import audit_ledger
from veriwatt.testing.comet_network import wait_until
from veriwatt.testing.network_faults.anchoring import Anchoring
from veriwatt.testing.process_network import ProcessNetwork, executed_ok, hashes_between, height_of

RESUMED = 120
"""Seconds in which a network resumes, on a loaded machine."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """After one fault, on the honest nodes.

    Attributes:
        name: of the fault.
        accepted: anchors that were accepted since the fault before, those after the fault included.
        lost: accepted anchors, from the beginning on, that a node does not hold; once for each node.
        differing: heights at which two nodes have different headers, and so different app hashes or blocks.
        problems: that an audit finds in the nodes' files.
        seconds: from the end of the fault until every node has a header after an anchor that was sent then.
    """

    name: str
    accepted: int
    lost: int
    differing: int
    problems: int
    seconds: float


class Aftermaths:
    """What was found after each fault of one network."""

    def __init__(self, network: ProcessNetwork, anchoring: Anchoring) -> None:
        self._network, self._anchoring = network, anchoring
        self._accepted = self._compared = 0
        self.all = list[Aftermath]()

    def look(
        self, name: str, honest: Sequence[int], began: float, homes: Sequence[Path] = (), synced: Sequence[int] = ()
    ) -> Aftermath:
        """Wait until the network has resumed, and compare.

        Args:
            name: of the fault.
            honest: the nodes that run and obey the rules; the first takes the anchors.
            began: when the fault ended, by `monotonic`.
            homes: the honest nodes' folders as this process sees them, if they are not the network's own.
            synced: those among them that began with a snapshot, and do not hold the blocks before.
        """
        running, network = list(honest), self._network
        with suppress(TimeoutError):  # how long it took says so, and a node that lags lacks anchors
            wait_until(lambda: self._anchoring.through(running[0]) > 0 and not self._anchoring.waiting, RESUMED)
            top = network.running[running[0]].run(height_of)
            wait_until(lambda: min(network.running[at].run(height_of) for at in running) >= top, RESUMED)
        seconds = monotonic() - began
        top = network.running[running[0]].run(height_of)
        accepted, full = self._anchoring.accepted, [at for at in running if at not in synced]
        held = [network.running[at].run(executed_ok) for at in full]
        folders = homes or [network.folder(at) for at in running]
        found = Aftermath(
            name,
            accepted=len(accepted) - self._accepted,
            lost=sum(ticket not in tickets for tickets in held for ticket in accepted),
            differing=self._differing(running, top),
            problems=sum(len(audit_ledger(folder).problems) for folder in folders),
            seconds=seconds,
        )
        self._accepted = len(accepted)
        self.all.append(found)
        return found

    def _differing(self, running: Sequence[int], top: int) -> int:
        """The heights since the last fault at which two nodes have different headers."""
        chains = [self._network.running[at].run(hashes_between, self._compared + 1, top) for at in running]
        heights, self._compared = range(self._compared + 1, top + 1), top
        return sum(len({chain[height] for chain in chains if height in chain}) > 1 for height in heights)
