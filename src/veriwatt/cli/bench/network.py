"""What an anchor costs a network of four validators on this machine, beside the same load on the embedded ledger.

Every validator is a process with a CometBFT of its own, and all share the machine's cores with the load. Each org sends
its next anchor when its last is final, which is when the header is there that commits to its result: one by one by some
orgs, then in bundles by more of them, each validator the relay of a quarter. Rates are of the whole run, from the first
broadcast to the last result. Processor time is that of a validator's two processes: its part of the load is submitted
there, but made and signed beforehand.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import sleep

from veriwatt.cli.bench.anchor_load import Keys, LoadMeasure, admit_orgs, send_anchors
from veriwatt.cli.bench.figures import Figure, Measure, Skipped
from veriwatt.cli.bench.validator import Validator, processor_seconds
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.errors import Unavailable
from veriwatt.ledger.open_ledger import NodeKeys, create_ledger, create_node_ledger, find_program, loopback_settings
from veriwatt.membership.new_ledger import make_genesis
from veriwatt.model.ledger.genesis import GenesisValidator
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.system.clock import SystemClock

VALIDATORS = 4
ORGS = 1024

BUNDLED, ALONE = 768, 256
"""The orgs among them that send in bundles, and one by one: so many anchors are under way, and their number over the
rate is the finality."""

ROUNDS = 12
"""Anchors of each org in each load."""

IDLE = 10
"""Seconds without a load."""


@dataclass(frozen=True, slots=True)
class Load:
    """One of the two loads: its name, the orgs that take part, and whether they are bundled."""

    name: str
    orgs: int
    bundled: bool


LOADS = (Load("one_by_one", ALONE, False), Load("in_bundles", BUNDLED, True))


def measure() -> list[Measure]:
    """The figures of both loads on both engines; the network is skipped where there is no CometBFT."""
    keys = {f"org{at}": os.urandom(32) for at in range(ORGS)}
    figures: list[Measure] = [_rate("embedded", load, [found]) for load, found in _embedded(keys)]
    try:
        program = find_program(None)
    except Unavailable as reason:
        return [*figures, Skipped("network", str(reason))]
    return figures + _network(program, keys)


def _embedded(keys: Keys) -> Iterator[tuple[Load, LoadMeasure]]:
    founder, consensus, clock = next(iter(keys)), Ed25519Signer(os.urandom(32)), SystemClock()
    genesis = make_genesis("bench", founder, founder, consensus, Ed25519Signer(keys[founder]), clock.now())
    with TemporaryDirectory() as folder, create_ledger(Path(folder), genesis, consensus, clock) as ledger:
        admit_orgs(ledger, founder, keys)
        for load in LOADS:
            yield load, send_anchors(ledger, _first(keys, load.orgs), ROUNDS, load.bundled)


def _network(program: Path, keys: Keys) -> list[Measure]:
    figures: list[Measure] = []
    with TemporaryDirectory() as folder, running_network(Path(folder), program, keys) as validators:
        for load in LOADS:
            shares = _shares(_first(keys, load.orgs))
            before = sum(map(_processor_seconds, validators))
            for validator, share in zip(validators, shares, strict=True):
                validator.begin(send_anchors, share, ROUNDS, load.bundled)
            found = [validator.answer() for validator in validators]
            spent = sum(map(_processor_seconds, validators)) - before - sum(each.aside for each in found)
            figures += [_rate("network", load, found), *_finality(load, found), _cost(load, spent, found)]
        height = validators[0].run(height_of)
        sleep(IDLE)
        figures.append(Figure("network_idle_blocks", validators[0].run(height_of) - height, f"blocks in {IDLE} s"))
    return figures


@contextmanager
def running_network(folder: Path, program: Path, keys: Keys) -> Iterator[list[Validator]]:
    """Four running validators of a ledger with these orgs, the first of which founded it; all have a data chain."""
    founder = next(iter(keys))
    nodes = [NodeKeys(validator=os.urandom(32), node=os.urandom(32)) for _ in range(VALIDATORS)]
    signers = [Ed25519Signer(each.validator) for each in nodes]
    one = make_genesis("bench", founder, founder, signers[0], Ed25519Signer(keys[founder]), SystemClock().now())
    genesis = replace(one, validators=tuple(GenesisValidator(each.public, 1) for each in signers))
    with ExitStack() as stack:
        validators = []
        for at, (own, settings) in enumerate(zip(nodes, loopback_settings(program, nodes), strict=True)):
            home = folder / f"node{at}"
            home.mkdir()
            create_node_ledger(home, genesis, own, settings)
            validators.append(Validator(home, settings))
            stack.callback(validators[-1].stop)
        for validator in validators:
            validator.ready()
        validators[0].run(wait_for_block)
        validators[0].run(admit_orgs, founder, keys)
        yield validators


def height_of(ledger: LedgerEngine) -> int:
    """The height of the newest header."""
    return ledger.head().height


def wait_for_block(ledger: LedgerEngine) -> None:
    """Wait for the first header."""
    while True:
        try:
            ledger.head()
        except Unavailable:
            sleep(0.1)
        else:
            return


def _first(keys: Keys, count: int) -> Keys:
    return dict(list(keys.items())[:count])


def _shares(keys: Keys) -> list[Keys]:
    """A part of the orgs for each validator."""
    orgs = list(keys.items())
    return [dict(orgs[at::VALIDATORS]) for at in range(VALIDATORS)]


def _processor_seconds(validator: Validator) -> float:
    return sum(map(processor_seconds, validator.pids))


def _rate(engine: str, load: Load, found: Sequence[LoadMeasure]) -> Figure:
    count, bare = _count(found), sum(each.bare for each in found)
    seconds = max(each.ended for each in found) - min(each.began for each in found)
    return Figure(f"{engine}_{load.name}", count / seconds, "anchors/s", count / bare, count / seconds * bare / count)


def _finality(load: Load, found: Sequence[LoadMeasure]) -> list[Measure]:
    seconds = [each for part in found for each in part.finality]
    return [
        Figure(f"{load.name}_p50", median(seconds), "s"),
        Figure(f"{load.name}_p95", quantiles(seconds, n=20)[-1], "s"),
    ]


def _cost(load: Load, spent: float, found: Sequence[LoadMeasure]) -> Figure:
    """Of an anchor for one validator."""
    count, bare = _count(found), sum(each.bare for each in found)
    each, least = spent / VALIDATORS / count * 1e6, bare / count * 1e6
    return Figure(f"{load.name}_cpu", each, "us/anchor", least, each / least)


def _count(found: Sequence[LoadMeasure]) -> int:
    return sum(len(each.finality) for each in found)
