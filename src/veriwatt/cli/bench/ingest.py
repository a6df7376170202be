"""What accepting frames costs, beside bare Ed25519 verification of the same frames.

Frames of 100 points and 15 slots. `accept` is the cost of one frame on one core: parse, verify, judge, chain,
append durably in batches, sign the checkpoint. The floor is libsodium over the same signed bytes.
"""

from __future__ import annotations

from time import perf_counter

from nacl.bindings import crypto_sign_open

from veriwatt.cli.bench.figures import Figure, paired
from veriwatt.cli.bench.rig import ORG, POINTS, SLOTS, Rig, rig
from veriwatt.errors import VeriwattError
from veriwatt.model.frame import parse_frame

BATCH = 256
ROUNDS = 12
READINGS = POINTS * SLOTS


def measure() -> list[Figure]:
    """The cost of accepting, frames a second in one process and in two, over HTTP, and stored bytes a reading."""
    with rig() as built:
        uploads = built.frames(ROUNDS * BATCH // len(built.keys))
        accept = _accept(built, uploads)
    return [accept]


def _accept(built: Rig, uploads: list[bytes]) -> Figure:
    room, clock = built.home.room(ORG), built.home.clock
    batches = iter([uploads[at : at + BATCH] for at in range(0, len(uploads), BATCH)])
    signed = _signed(built, uploads)
    floors = iter([signed[at : at + BATCH] for at in range(0, len(signed), BATCH)])

    def work() -> float:
        batch = next(batches)
        began = perf_counter()
        outcomes = room.acceptance.accept(batch, clock.now()).outcomes
        spent = perf_counter() - began
        if refused := [o for o in outcomes if isinstance(o, VeriwattError)]:
            raise refused[0]
        return spent / len(batch) * 1e6

    def floor() -> float:
        batch = next(floors)
        began = perf_counter()
        for message, key in batch:
            crypto_sign_open(message, key)
        return (perf_counter() - began) / len(batch) * 1e6

    value, least, ratio = paired(ROUNDS, work, floor)
    return Figure("accept", value, "us/frame", least, ratio)


def _signed(built: Rig, uploads: list[bytes]) -> list[tuple[bytes, bytes]]:
    keys = {f"t{i}": key.public.raw for i, key in enumerate(built.keys)}
    frames = map(parse_frame, uploads)
    return [(f.envelope.signature + f.envelope.signed_bytes(), keys[f.header.terminal]) for f in frames]
