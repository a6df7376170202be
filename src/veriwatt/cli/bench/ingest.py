"""What accepting frames costs, beside bare Ed25519 verification of the same frames.

Frames of 100 points and 15 slots from 32 terminals, in the batches that a busy node gathers: its most frames at a time.
Accepting is all of it: parse, verify, check against passport, ledger and chain, append with a synced journal, sign
the checkpoint. The floor is libsodium over the same signed bytes on one core, taken in turn with the work.

`verify_2` is the same floor on two cores at once, over one core's: what the machine itself gains from a second core
in this run, which on a shared host may be much less than twice. `frames_2` can be no more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from time import perf_counter
from typing import TypeVar

from veriwatt.api.group_commit import BATCH_FRAMES, UNDER_WAY
from veriwatt.cli.bench.figures import Figure, in_turns, over, paired, seconds
from veriwatt.cli.bench.http import http_readings
from veriwatt.cli.bench.rig import ORG, READINGS, Rig, rig, whole_days
from veriwatt.cli.bench.two_cores import verifying_on_two_cores
from veriwatt.crypto.bare_libsodium import Signed, verify_all
from veriwatt.errors import VeriwattError
from veriwatt.ledger.open_ledger import open_reader
from veriwatt.loghost.accept import AcceptedBatch
from veriwatt.loghost.checker_pool import CheckerPool
from veriwatt.model.frames.frame import parse_frame, upload_bytes
from veriwatt.system.garbage_collector import gc_frozen

T = TypeVar("T")

ROUNDS = 24
ROUNDS_2 = 17
BATCHES = 8
"""In a round where two processes check them. Rounds are short: what else the machine does falls on work and floor."""

HELPERS = 1
"""Processes beside the one that keeps the chain."""


def measure() -> list[Figure]:
    """The cost of accepting, frames a second in one process and in two, over HTTP, and stored bytes a reading."""
    with rig() as built:
        uploads = built.frames(ROUNDS * BATCH_FRAMES // len(built.keys))
        with gc_frozen():
            accept = _accept(built, uploads)
    bare = 1e6 / (accept.floor or 1)
    one = Figure("frames_1", 1e6 / accept.value, "frames/s", bare, 1e6 / accept.value / bare)
    with rig() as built:
        uploads = built.frames(ROUNDS_2 * BATCHES * BATCH_FRAMES // len(built.keys))
        with gc_frozen():
            two = _in_two_processes(built, uploads)  # frames_2, verify_2
    http = Figure("http_readings", http_readings(), "readings/s")
    return [accept, one, *two, http, _bytes_per_reading()]


def _accept(built: Rig, uploads: list[bytes]) -> Figure:
    org_log, clock = built.home.org_log(ORG), built.home.clock
    batches, floors = iter(_batches(uploads)), iter(_batches(_signed(built, uploads)))

    def work() -> float:
        batch = next(batches)
        began = perf_counter()
        done = org_log.acceptance.accept(batch, clock.now())
        spent = perf_counter() - began
        _check(done)
        return spent / len(batch) * 1e6

    def floor() -> float:
        batch = next(floors)
        began = perf_counter()
        verify_all(batch)
        return (perf_counter() - began) / len(batch) * 1e6

    value, least, ratio = paired(ROUNDS, work, floor)
    return Figure("accept", value, "us/frame", least, ratio)


def _in_two_processes(built: Rig, uploads: list[bytes]) -> tuple[Figure, Figure]:
    """Frames a second when two processes check them, and when two do nothing but verify; the floor is one that does."""
    home, each = built.home, len(uploads) // ROUNDS_2
    org_log, clock = home.org_log(ORG), home.clock
    rounds = iter([_batches(uploads[at : at + each]) for at in range(0, len(uploads), each)])
    signed = _signed(built, uploads[:each])
    with CheckerPool(HELPERS, partial(open_reader, home.paths.ledger), home.ledger_cache) as checkers:

        def finish() -> None:
            _check(org_log.acceptance.accept_checked(checkers.finish(), clock.now(), checkers.check_next))

        def stream(batches: list[list[bytes]]) -> None:
            for under_way, batch in enumerate(batches, 1):
                checkers.begin(batch, clock.now())
                if under_way >= UNDER_WAY:
                    finish()
            for _ in range(UNDER_WAY - 1):
                finish()

        def work() -> float:
            batches = next(rounds)
            return seconds(lambda: stream(batches)) / each

        def floor() -> float:
            return seconds(lambda: verify_all(signed)) / each

        with verifying_on_two_cores(signed) as verify:

            def both() -> float:
                return seconds(verify) / each

            work()  # the helper has now read the ledger
            works, floors, boths = zip(*in_turns(ROUNDS_2 - 1, work, floor, both), strict=True)
    return _rate("frames_2", works, floors), _rate("verify_2", boths, floors)


def _rate(name: str, works: Sequence[float], floors: Sequence[float]) -> Figure:
    spent, least, ratio = over(works, floors)
    return Figure(name, 1 / spent, "frames/s", 1 / least, 1 / ratio)


def _bytes_per_reading() -> Figure:
    """Stored bytes a reading: uploads of 1,500 readings of random walks, whole days of each terminal."""
    with rig() as built:
        made = whole_days(built)
        size = sum(len(upload_bytes(frame.envelope, frame.payloads)) for frame in made)
        return Figure("bytes_per_reading", size / (len(made) * READINGS), "B")


def _signed(built: Rig, uploads: list[bytes]) -> list[Signed]:
    keys = {f"t{i}": key.public.raw for i, key in enumerate(built.keys)}
    frames = map(parse_frame, uploads)
    return [(f.signature + f.signed, keys[f.header.terminal]) for f in frames]


def _batches(things: list[T]) -> list[list[T]]:
    return [things[at : at + BATCH_FRAMES] for at in range(0, len(things), BATCH_FRAMES)]


def _check(batch: AcceptedBatch) -> None:
    for outcome in batch.outcomes:
        if isinstance(outcome, VeriwattError):
            raise outcome
