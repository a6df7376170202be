"""Cases by a seed: signed, anchored, claimed, verified and judged, a lot at a time on one ledger.

    outcome = run_lot(folder, seed)

A lot is a ledger with a few groups and hundreds of frames in a few anchors. What fails is told with the lot's seed and
the case's number; `run_lot` makes it again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random

from veriwatt.encoding import Value, encode
from veriwatt.errors import VeriwattError
from veriwatt.testing.actors import START
from veriwatt.testing.soundness.cases import Case, Scene, Told, told_of
from veriwatt.testing.soundness.change_claims import CLAIM_CHANGES, change_file
from veriwatt.testing.soundness.change_frames import FRAME_CHANGES
from veriwatt.testing.soundness.change_standing import act, random_cast, report
from veriwatt.testing.soundness.change_versions import register_next
from veriwatt.testing.soundness.contradictions import ProvenFile, check_contradictions
from veriwatt.testing.soundness.drafts import FrameDraft, sign_draft
from veriwatt.testing.soundness.evidence_maker import EvidenceMaker, Shown
from veriwatt.testing.soundness.naive_calendar import DAY, HOUR, MINUTE
from veriwatt.testing.soundness.sites import honest_frame, register_group
from veriwatt.testing.soundness.tally import Tally
from veriwatt.testing.soundness.truth import Truth
from veriwatt.testing.soundness.workshop import Registered, Workshop

CASES_IN_LOT = 200


@dataclass(frozen=True, slots=True)
class _Signed:
    """A case with its frame in the chain."""

    case: Case
    position: int
    honest: bool


def run_lot(folder: Path, seed: int, cases: int = CASES_IN_LOT) -> Tally:
    """Run so many cases of the lot with this seed, on a ledger in `folder`."""
    rng = Random(seed)
    shop = Workshop(folder, START + rng.randrange(30, 700) * DAY + rng.randrange(DAY), random_cast(rng))
    try:
        signed = list(_signed_cases(rng, shop, cases))
        return _judged(rng, shop, signed, seed)
    finally:
        shop.ledger.close()


def _signed_cases(rng: Random, shop: Workshop, cases: int) -> Iterator[_Signed]:
    """The cases of a lot, in several anchors between which the owner registers, retires and contradicts."""
    for number in range(2):
        register_group(rng, shop, f"group-{number}")
    made, rounds, scene_honest = 0, 4, list[Case]()
    for number in range(rounds):
        for _ in range(rng.randint(0, 3)):
            register_next(rng, shop)
        for _ in range(rng.randint(0, 4)):
            act(rng, shop)
        shop.clock.advance_to(shop.now + rng.choice((MINUTE, HOUR, DAY, 3 * DAY)))
        scene = Scene(shop, shop.now + rng.choice((0, 1, 1000, HOUR)), scene_honest)
        left = cases // rounds
        for _ in range(4 * left):
            made += 1
            found = _one(rng, scene, made) if left else None
            if found is not None:
                left -= 1
                yield found
        if len(shop.frames) > len(shop.anchored):
            shop.anchor(scene.anchor_at)
        if number == rounds - 2 and shop.frames:
            _unsay(rng, shop)


def _one(rng: Random, scene: Scene, number: int) -> _Signed | None:
    """One case, its frame appended to the chain."""
    shop = scene.shop
    version = rng.choice(shop.versions)
    frame = honest_frame(rng, shop, version, number)
    if frame is None:
        return None
    told = _some_claim(rng, frame, version)
    if told is None:
        return None
    case, honest = Case(frame, told), rng.random() < 0.15
    if not honest:
        for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
            change = rng.choice(FRAME_CHANGES + CLAIM_CHANGES)
            changed = change(rng, scene, case)
            case = replace(changed, changes=(*case.changes, change.__name__))
    name = case.frame.terminal if case.frame.terminal in shop.terminals else "t1"
    thief = shop.terminals["t2" if name == "t1" else "t1"].key if not honest and rng.random() < 0.03 else None
    try:
        signed = sign_draft(case.frame, shop.terminals[name].key, thief)
    except (VeriwattError, struct.error, ValueError):
        return None
    if honest:
        scene.honest.append(case)
    shop.append([signed])
    return _Signed(case, len(shop.frames) - 1, honest)


def _some_claim(rng: Random, frame: FrameDraft, version: Registered) -> Told | None:
    each = rng.choice(version.definitions)
    count = len(version.days.slots(str(each["slot"]), frame.start, frame.end))
    return told_of(frame, version, str(each["id"]), rng.choice((0, count - 1, rng.randrange(count)))) if count else None


def _unsay(rng: Random, shop: Workshop) -> None:
    """What may be tried against what is anchored: numbers void and contradicted, a terminal retired or reported."""
    frames = shop.frames
    for frame in rng.sample(frames, min(8, len(frames))):
        if frame.draft.terminal in shop.terminals:
            key = shop.terminals[frame.draft.terminal].key
            twin = sign_draft(replace(frame.draft, prev=rng.randbytes(32)), key)
            shop.contradict(frame, twin) if rng.random() < 0.5 else shop.void(frame)
    if rng.random() < 0.3 and (frame := rng.choice(frames)).draft.terminal in shop.terminals:
        shop.retire(frame)
    if rng.random() < 0.3:
        report(rng, shop)


def _judged(rng: Random, shop: Workshop, signed: list[_Signed], seed: int) -> Tally:
    tally, truth, trust, proven = Tally(), Truth(shop), shop.trust(), list[ProvenFile]()
    with shop.ledger.snapshot() as now:
        maker = EvidenceMaker(shop, now)
        for number, each in enumerate(signed):
            told, changes = each.case.told, each.case.changes
            position = each.position if told.position is None else told.position
            file = _file(maker, shop, told, position)
            if file is None:
                continue
            if not each.honest and rng.random() < 0.15:
                file = change_file(rng, file)
                changes = (*changes, "file")
            tally.cases += 1
            tally.changes.update(changes)
            where = f"lot {seed} case {number} {'honest' if each.honest else '+'.join(changes)}"
            claim = tally.judge(
                encode(file),
                trust,
                shop.now,
                honest=each.honest and truth.is_due(each.case.told, each.position),
                check=lambda claim: truth.check(
                    claim.facts(), [caveat.code for caveat in claim.caveats(trust, shop.now)]
                ),
                where=where,
            )
            if claim is not None and "file" not in changes:
                proven.append(ProvenFile(claim, position, partial(_again, shop, told, position), where))
    check_contradictions(shop, proven, tally)
    return tally


def _again(shop: Workshop, told: Told, position: int, maker: EvidenceMaker) -> bytes:
    """The file of a claim that was there, under the state of this maker."""
    return encode(_file(maker, shop, told, position))


def _file(maker: EvidenceMaker, shop: Workshop, told: Told, position: int) -> list[Value] | None:
    """The file of a claim; None where what it discloses is not there at all."""
    if position >= len(shop.frames):
        return None
    groups = shop.frames[position].draft.groups
    at = next((i for i, group in enumerate(groups) if group.group == told.version.group), 0)
    columns = groups[at].columns
    if told.column >= len(columns) or told.leaf >= len(columns[told.column]):
        return None
    return maker.reading(
        told.start, told.definition, Shown(position, at, told.version, told.column, (told.leaf,)), told.point
    )
