"""What is recorded beside the frames of a series: exchanges, confirmed steps, numbers given up or contradicted."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random

from veriwatt.encoding import Value
from veriwatt.model.members.organisation import Role
from veriwatt.model.points.register_record import ReadStep
from veriwatt.testing.soundness.change_standing import someone, vote
from veriwatt.testing.soundness.drafts import sign_draft
from veriwatt.testing.soundness.naive_calendar import DAY, HOUR
from veriwatt.testing.soundness.raw_bodies import RawExchange
from veriwatt.testing.soundness.workshop import Workshop


def confirm_steps(rng: Random, shop: Workshop) -> None:
    """Attempts to confirm steps of the register, by those who may and those who may not; and votes between them."""
    for _ in range(rng.choice((0, 2, 8))):
        frame = rng.choice(shop.frames).draft
        version = shop.version(frame.groups[0].group, frame.groups[0].version)
        assert version is not None
        index = version.index("register")
        slots = version.days.slots(str(version.definitions[index]["slot"]), frame.start, frame.end)
        values = [value for leaf in frame.groups[0].columns[index] for value in leaf.values]
        read = [(end, value) for (_, end), value in zip(slots, values, strict=True) if value is not None]
        steps = list(pairwise(read))
        if steps:
            by = someone(rng, shop) if rng.random() < 0.5 else shop.cast.member("metro", Role.METROLOGY)
            shop.confirm(by, "register", _named(rng, rng.choice(steps)))
    if rng.random() < 0.3:
        vote(rng, shop)


def _named(rng: Random, step: tuple[tuple[int, int], tuple[int, int]]) -> ReadStep:
    """The step between two readings, or one like it to a value that was not read."""
    (earlier, before), (at, after) = step
    return ReadStep(earlier, before, at, after if rng.random() < 0.8 else after + 1)


def record_exchanges(rng: Random, shop: Workshop) -> None:
    """Exchanges of the register's meter at any hour since it began, also of long ago."""
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        at = rng.randrange(shop.versions[0].effective_from, shop.now, HOUR)
        body: list[Value] = ["register", at, rng.randint(0, 1200), rng.randint(0, 1200), "worn out"]
        shop.submit(shop.owner.sign(RawExchange(body)))


def unsay(rng: Random, shop: Workshop) -> None:
    """At times a number is void or contradicted, used again later, or a terminal retires or its key is reported."""
    frame = rng.choice(shop.frames)
    what = rng.random()
    if what < 0.15:
        shop.void(sign_draft(replace(frame.draft, prev=rng.randbytes(32)), shop.terminals[frame.draft.terminal].key))
    elif what < 0.3:
        twin = sign_draft(replace(frame.draft, prev=rng.randbytes(32)), shop.terminals[frame.draft.terminal].key)
        shop.contradict(frame, twin)
        shop.append([twin] if rng.random() < 0.5 else [])
    elif what < 0.34:
        shop.retire(frame)
    elif what < 0.38:
        shop.report(shop.owner, frame.draft.terminal, shop.now + DAY)
