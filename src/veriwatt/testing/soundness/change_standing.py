"""What orgs do, or try, about roles and terminals between two anchors: votes, certifications, reports and answers.

Any member of any org tries; the machine refuses what it must, and `standing_truth` knows by the rules what holds.
"""

from __future__ import annotations

from random import Random

from veriwatt.model.members.organisation import Role
from veriwatt.testing.actors import SimMember
from veriwatt.testing.soundness.cast import FOUNDERS, ORGS, ROLES, Cast
from veriwatt.testing.soundness.naive_calendar import DAY, HOUR
from veriwatt.testing.soundness.workshop import TERMINALS, Workshop

BINDING = (Role.METROLOGY, Role.REGULATOR)


def random_cast(rng: Random) -> Cast:
    """Three founders mostly; or fewer, and then metro or city is admitted by one of them."""
    founders = rng.choice((FOUNDERS, FOUNDERS, FOUNDERS[:2], FOUNDERS[::2], FOUNDERS[:1]))
    return Cast(founders, rng.choice(founders))


def act(rng: Random, shop: Workshop) -> None:
    """One attempt about roles or certifications, by anyone."""
    if rng.random() < 0.5:
        vote(rng, shop)
    else:
        certify(rng, shop)


def vote(rng: Random, shop: Workshop) -> None:
    """A vote, for a role that is not granted yet mostly, by an owner of a founder mostly."""
    voter = rng.choice(shop.cast.founders if rng.random() < 0.9 else ORGS)
    role = Role.OWNER if rng.random() < 0.95 else Role.METROLOGY
    shop.vote(shop.cast.member(voter, role), rng.choice(ORGS), rng.choice(BINDING))


def certify(rng: Random, shop: Workshop) -> None:
    """A certification around now, long ago or to come; empty ones too."""
    now = shop.now
    begins = now + rng.choice((-100 * DAY, -10 * DAY, -DAY, -HOUR, 0, HOUR))
    ends = now + rng.choice((-5 * DAY, -HOUR, 0, HOUR, 2 * DAY, 100 * DAY))
    shop.certify(someone(rng, shop), rng.choice(TERMINALS), begins, ends)


def second_certifier(rng: Random, shop: Workshop) -> None:
    """An org beside metro that all founders with a vote grant the role, and its certifications of every terminal."""
    org = rng.choice(("city", "creature"))
    for founder in shop.cast.founders:
        shop.vote(shop.cast.member(founder), org, Role.METROLOGY)
    for terminal in TERMINALS:
        begins = shop.now + rng.choice((-100, 0, 2)) * DAY
        shop.certify(shop.cast.member(org, Role.METROLOGY), terminal, begins, begins + rng.choice((102, 900)) * DAY)


def report(rng: Random, shop: Workshop) -> None:
    """Reports of compromise from about now, or from as long ago as they reach; at times with an answer."""
    terminal = rng.choice(TERMINALS)
    for _ in range(rng.choice((1, 1, 2, 3))):
        since = shop.now + rng.choice((-31 * DAY, -30 * DAY + HOUR, -10 * DAY, -DAY, -1, 1000, 1001, HOUR, DAY))
        shop.report(someone(rng, shop), terminal, max(0, since))
        if rng.random() < 0.3:
            shop.answer(shop.owner if rng.random() < 0.8 else someone(rng, shop), terminal)


def someone(rng: Random, shop: Workshop) -> SimMember:
    """Any member of any org."""
    return shop.cast.member(rng.choice(ORGS), rng.choice(ROLES))
