"""Writes evidence.json: evidence files, trust files, and what a verifier makes of them, after docs/spec/evidence.md.

A case names a file, may alter it (`splice`: offset, bytes cut out there, bytes put in), and says trust file,
clock and age under which it is verified. Every step of the procedure refuses at least one case.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.vectors.evidence_certifiers import certifier_vectors
from tests.vectors.evidence_edits import Case, ClaimVectors, case_of, flipped, get, put, spliced, written
from tests.vectors.evidence_periods import period_vectors
from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import Protection
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.model.frames.frame import parse_frame, upload_bytes
from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.number import FrameRef
from veriwatt.model.frames.origin import File
from veriwatt.model.frames.statuses import make_runs
from veriwatt.model.points.status import Status
from veriwatt.testing.actors import sim_key
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY, PLANT, Made, SimWorld, redefined
from veriwatt.units import DAY, HOUR, SECOND, UtcMillis

CHAIN, ORG, POINT, START = (1,), (2, 1), (2, 2), (2, 3)
DEFINITION, SALT, VALUES, VALUE = (2, 4, 0), (2, 5, 0, 0, 0), (2, 5, 0, 0, 1), (2, 5, 0, 0, 1, 41)
HEADER, SIGNATURE, GROUP, POSITION = (3, 0, 0), (3, 0, 1), (3, 0, 2), (3, 0, 3)
ANCHOR, ANCHOR_INDEX, BLOCK, ROOT_LOG = (5, 0, 0, 0), (5, 0, 0, 1), (5, 0, 0, 2), (6, 0)
PASSPORT, VOTES = (7, 0, 0), (8, 2, 3)


def vectors() -> dict[str, object]:
    with TemporaryDirectory() as folder:
        meters, files = SimWorld(Path(folder) / "meters"), _file_world(Path(folder) / "files")
        trusts = {"beginning": meters.trust()}
        _days(meters)
        raws = _files(meters)
        at, trusts["checkpoint"] = meters.clock.now(), meters.trust()
        raws["from a file"], trusts["file ledger"] = files.evidence(0, 41).to_bytes(), files.trust()
        raws |= _signed_wrongly(meters)
        meters.must(meters.owner.retire(meters.terminal, _number(meters, 0)))
        late = meters.day(7)
        meters.anchor()
        raws["retired"] = meters.shown(late, meters.columns(7)[PLANT], meters.claim(7, 41)).to_bytes()
        trusts["later"] = meters.trust()
        altered = [
            spliced(name, "measured", raws["measured"], made, "checkpoint", at)
            for name, made in _alterations(raws["measured"])
        ]
        cases = [*_whole(at, meters.clock.now()), *altered]
        meters.close()
        files.close()
        periods = period_vectors(Path(folder))
        return written([ClaimVectors(raws, trusts, cases), *periods, certifier_vectors(Path(folder) / "certifiers")])


def _days(world: SimWorld) -> None:
    for day in range(2):
        world.day(day)
    world.anchor()
    for day, status in ((2, Status.ESTIMATED), (3, Status.GAP)):
        world.clock.advance_to(FIRST_DAY + (day + 1) * DAY + HOUR)
        world.append(world.made(world.window(day), world.columns(day, status=status)))
        world.anchor()


def _files(world: SimWorld) -> dict[str, bytes]:
    return {
        "measured": world.evidence(1, 41, "meter 6").to_bytes(),
        "estimated": world.evidence(2, 0).to_bytes(),
        "gap": world.evidence(3, 95, "room 1").to_bytes(),
    }


def _file_world(folder: Path) -> SimWorld:
    origin = File(sha256(b"july"), "july.csv", sha256(b"settings"))
    world = SimWorld(folder, "files", certifier="acme", origin=origin, protection=Protection.FILE)
    world.day(0)
    world.anchor()
    return world


def _signed_wrongly(world: SimWorld) -> dict[str, bytes]:
    """Frames that are in the data chain and anchored, and prove nothing."""
    estimated = make_runs(np.full(7 * 96, Status.ESTIMATED, np.uint8))

    def lie(header: FrameHeader) -> FrameHeader:
        return replace(header, groups=(replace(header.groups[0], statuses=estimated), *header.groups[1:]))

    made = {
        "of another key": world.day(4, key=sim_key("thief")),
        "of other statuses": world.day(5, edit=lie),
        "of another key, under the terminal's key id": _day_of_thief(world, 6),
        "of a day to come": world.made(world.window(90), world.columns(90)),
    }
    world.append(made["of a day to come"])
    world.anchor()
    days = dict(zip(made, (4, 5, 6, 90), strict=True))
    return {
        name: world.shown(each, world.columns(days[name])[PLANT], world.claim(days[name], 41)).to_bytes()
        for name, each in made.items()
    }


def _day_of_thief(world: SimWorld, day: int) -> Made:
    """A frame with the protected header of the terminal's key, and a thief's signature."""
    made = world.made(world.window(day), world.columns(day), key=sim_key("thief"))
    frame, own = parse_frame(made.upload), parse_frame(world.frames[0].upload)
    forged = replace(made, upload=upload_bytes(replace(frame.envelope, protected=own.protected), frame.payloads))
    world.append(forged)
    return forged


def _number(world: SimWorld, position: int) -> FrameRef:
    return parse_frame(world.frames[position].upload).ref


def _whole(at: UtcMillis, late: UtcMillis) -> list[Case]:
    return [
        case_of("at the checkpoint", "measured", "checkpoint", at),
        case_of("after the checkpoint", "measured", "beginning", at),
        case_of("without a trust file", "measured", None, at),
        case_of("before the checkpoint", "measured", "later", at + 40 * DAY),
        case_of("an estimate", "estimated", "checkpoint", at),
        case_of("a gap", "gap", "checkpoint", at),
        case_of("from a file, self-certified, software key", "from a file", "file ledger", at),
        case_of("as old as allowed", "measured", "checkpoint", at + HOUR, HOUR + SECOND),
        case_of("step 2: another ledger", "from a file", "checkpoint", at),
        case_of("step 4: beyond the trust period", "measured", "beginning", at + 181 * DAY),
        case_of("step 4: older than asked for", "measured", "checkpoint", at + HOUR, HOUR - SECOND),
        case_of("step 8: anchored after the retirement, beyond the last frame", "retired", "later", late),
        case_of("step 7: signed by another key", "of another key", "checkpoint", late),
        case_of(
            "step 9: the signature of another key", "of another key, under the terminal's key id", "checkpoint", late
        ),
        case_of("step 14: a slot that was not over when it was anchored", "of a day to come", "checkpoint", late),
        case_of("step 13: measured, and the header says estimated", "of other statuses", "checkpoint", late),
    ]


def _alterations(raw: bytes) -> list[tuple[str, bytes]]:
    evidence = Evidence.from_bytes(raw, [ReadingClaim])
    frame, root_log = evidence.proofs.frames[0], get(raw, ROOT_LOG)
    assert isinstance(root_log, list)
    header, definition = frame.header, evidence.claim.definition.definition
    return [
        ("step 1: empty", b""),
        ("step 1: a byte too few", raw[:-1]),
        ("step 1: a byte too many", raw + b"\0"),
        ("step 1: long head", b"\x98\x09" + raw[1:]),
        ("step 1: open length", b"\x9f" + raw[1:] + b"\xff"),
        ("step 1: tagged", b"\xd9\xd9\xf7" + raw),
        ("step 1: deep nesting", b"\x81" * 2000),
        ("step 1: huge length", b"\x9b" + b"\xff" * 8),
        ("step 1: no definition", put(raw, DEFINITION, flipped(definition.to_bytes()))),
        ("step 1: a time of the year 10000", put(raw, START, 253_402_300_800_000)),
        ("step 1: unknown group", put(raw, GROUP, "attic")),
        ("step 2: another chain id", put(raw, CHAIN, "sim-0123456789abcdef")),
        ("step 2: another org", put(raw, ORG, "metro")),
        ("step 3: an altered vote", put(raw, (*VOTES, 0, 3), bytes(64))),
        ("step 5: the office group", put(raw, GROUP, "office")),
        ("step 5: the next version", put(raw, HEADER, header.replace(b"\x65plant\x01", b"\x65plant\x02"))),
        ("step 5: another point", put(raw, POINT, "meter 5")),
        ("step 5: an altered passport", put(raw, PASSPORT, flipped(get(raw, PASSPORT)))),
        ("step 6: an altered anchor", put(raw, ANCHOR, flipped(get(raw, ANCHOR)))),
        ("step 6: another anchor", put(raw, ANCHOR_INDEX, 1)),
        ("step 6: a position that no anchor of the file added", put(raw, POSITION, 9)),
        ("step 7: another position", put(raw, POSITION, 0)),
        ("step 7: an altered header", put(raw, HEADER, header.replace(b"\x63sim", b"\x63gps"))),
        ("step 7: an altered signature", put(raw, SIGNATURE, flipped(frame.signature))),
        ("step 10: an altered root-log leaf", put(raw, (*ROOT_LOG, 0), flipped(root_log[0]))),
        ("step 10: a looser bound", put(raw, ROOT_LOG, root_log[:2])),
        ("step 10: another block", put(raw, BLOCK, 1)),
        ("step 11: another multiplier", put(raw, DEFINITION, redefined(definition).to_bytes())),
        ("step 12: a slot of the next day", put(raw, START, evidence.claim.slot.start + DAY)),
        ("step 12: between two slots", put(raw, START, evidence.claim.slot.start + 1)),
        ("step 13: an altered value", put(raw, VALUE, 1)),
        ("step 13: an altered salt", put(raw, SALT, bytes(32))),
        ("step 13: a value less", put(raw, VALUES, list(evidence.claim.column.leaves[0].values[:-1]))),
    ]


if __name__ == "__main__":
    Path(__file__).with_name("evidence.json").write_text(json.dumps(vectors(), indent=1) + "\n")
