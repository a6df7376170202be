"""Units that run no validator, each of which anchors at its own time as a follower does, over HTTP through a relay.

Each signs its anchor and its request to the relay with its own key, sends only what proven records let in, and has the
result proven. The units of one relay look at its head together; each of them would on a machine of its own.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic, sleep

from veriwatt.cli.bench.anchor_load import FRAMES, Keys, anchor_of, member_client
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.errors import Unavailable
from veriwatt.ledger.open_ledger import FollowedLedger, HttpPeer, PeerAddress, Submitter, follow_ledger
from veriwatt.machine.transaction_kinds import parse
from veriwatt.membership.new_ledger import OWNER
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.peer_answers import SUBMIT, parse_submission
from veriwatt.model.members.member_request import NONCE_BYTES, Door, sign_request
from veriwatt.ports.ledger import ResultUnknown, Ticket
from veriwatt.system.clock import SystemClock

LOOK_EVERY = 0.2
"""Seconds between two looks for what is due, and for results."""

LAST = 60
"""Seconds in which the last anchors become final."""


@dataclass(frozen=True, slots=True)
class UnitsMeasure:
    """The seconds from each anchor's time to its proven result, the bytes of the anchors, and how many were refused.

    `sizes` has the frames that each unit has anchored then.
    """

    finality: list[float]
    wire: int
    refused: int
    sizes: dict[str, int]


@dataclass(slots=True)
class Unit:
    """An org with its owner's key, and the frames that it has anchored."""

    org: str
    key: Ed25519Signer
    size: int = 0


def submit_units(
    folder: Path,
    trust: Trust,
    relays: Sequence[PeerAddress],
    keys: Keys,
    sizes: Mapping[str, int],
    rate: float,
    seconds: float,
) -> UnitsMeasure:
    """Let so many anchors a second come, each of the next unit; every relay has its share of the units.

    `sizes` has the frames that they anchored before, if any did.
    """
    units = [Unit(org, Ed25519Signer(seed), sizes.get(org, 0)) for org, seed in keys.items()]
    parts = len(relays)
    with ThreadPoolExecutor(parts) as pool:
        running = []
        for at in range(parts):
            share, asked = units[at::parts], [*relays[at:], *relays[:at]]
            running.append(pool.submit(_through, folder / f"{at}", trust, asked, share, rate / parts, seconds))
        found = [each.result() for each in running]
    finality = [seconds for each in found for seconds in each.finality]
    wire, refused = sum(each.wire for each in found), sum(each.refused for each in found)
    return UnitsMeasure(finality, wire, refused, {unit.org: unit.size for unit in units})


def _through(
    folder: Path, trust: Trust, relays: Sequence[PeerAddress], units: Sequence[Unit], rate: float, seconds: float
) -> _Load:
    """The units of the first of these relays; the others are asked when it does not answer."""
    keys = {unit.org: unit.key for unit in units}
    connect: Callable[[PeerAddress], HttpPeer] = partial(_UnitsPeer, trust.chain_id, keys)
    reader = Submitter(units[0].org, OWNER, units[0].key)
    with follow_ledger(folder, trust, relays, reader, SystemClock(), connect) as ledger:
        load = _Load(ledger, units, rate, int(rate * seconds))
        load.run()
        return load


class _UnitsPeer(HttpPeer):
    """A relay to which each unit signs what it submits; one of them reads for all."""

    def __init__(self, chain: str, keys: dict[str, Ed25519Signer], address: PeerAddress) -> None:
        super().__init__(address)
        self._door, self._keys = Door(chain, address.org, address.node, SUBMIT), keys

    def _signed(self, door: str, body: bytes) -> bytes:
        if door != SUBMIT:
            return super()._signed(door, body)
        org, now = parse(parse_submission(body)[0]).org, SystemClock().now()
        return sign_request(self._keys[org], self._door, org, OWNER, os.urandom(NONCE_BYTES), now, body)


class _Load:
    """Anchors that come at a rate, and wait for their results."""

    def __init__(self, ledger: FollowedLedger, units: Sequence[Unit], rate: float, count: int) -> None:
        self._ledger, self._turn, self._rate, self._count = ledger, deque(units), rate, count
        self._sent = dict[Ticket, tuple[float, Unit]]()
        self.finality, self.wire, self.refused = list[float](), 0, 0

    def run(self) -> None:
        began, made = monotonic(), 0
        while made < self._count or self._sent:
            while made < self._count and (due := began + made / self._rate) <= monotonic():
                unit = self._next_unit()
                if unit is None:
                    break  # it is late from then on
                self._send(unit, due)
                made += 1
            self._settle()
            sleep(LOOK_EVERY)

    def _send(self, unit: Unit, due: float) -> None:
        raw = member_client(self._ledger, unit.org, unit.key).sign(anchor_of(unit.size, unit.size + FRAMES))
        while True:
            try:
                (ticket,) = self._ledger.broadcast([raw])
                break
            except Unavailable:
                if monotonic() > due + LAST:
                    raise
                sleep(LOOK_EVERY)
        self._sent[ticket] = due, unit
        self.wire += len(raw)

    def _next_unit(self) -> Unit | None:
        """The next one in turn whose last anchor has its result, as a log host waits for it; None if all wait."""
        waiting = {unit.org for _, unit in self._sent.values()}
        unit = next((each for each in self._turn if each.org not in waiting), None)
        if unit is not None:
            self._turn.remove(unit)
            self._turn.append(unit)
        return unit

    def _settle(self) -> None:
        for ticket, (due, unit) in list(self._sent.items()):
            try:
                result = self._ledger.await_result(ticket, 0)
            except ResultUnknown:
                if monotonic() > due + LAST:
                    raise
                continue
            del self._sent[ticket]
            self.finality.append(monotonic() - due)
            self.refused += not result.ok
            unit.size += FRAMES if result.ok else 0
