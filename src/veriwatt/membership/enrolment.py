"""The org's side of enrolment: register a terminal and its points on the ledger, and hand over window keys."""

from __future__ import annotations

from dataclasses import dataclass, replace

from veriwatt.crypto.signing import Signer
from veriwatt.crypto.wrapping import wrap
from veriwatt.errors import NotFound, Refused
from veriwatt.home.owner_keys import OwnerKeys
from veriwatt.machine.anchors import queries as anchors
from veriwatt.machine.members import queries as members
from veriwatt.machine.terminals import queries
from veriwatt.membership.group_change import GroupChange, group_change
from veriwatt.membership.member_client import MemberClient
from veriwatt.metering.frame_limits import check_width
from veriwatt.model.members.organisation import Member, Role
from veriwatt.model.points.group import DefinePoints
from veriwatt.model.terminals.enrolment import Enrol
from veriwatt.model.terminals.handover import HandedGroup, HandedVersion, Handover, TerminalRequest, covers_bytes
from veriwatt.ports.key_agent import KeyAgent
from veriwatt.ports.ledger import Ledger, Snapshot
from veriwatt.units import DAY, UtcMillis

KEY_DAYS = 30
"""The days ahead for which a terminal gets window keys."""

RESTATED_DAYS = 31
"""A terminal gets the keys since a group changed, at most so many days ago: it states again what it did not know of."""

CERTIFIERS = (Role.METROLOGY, Role.REGULATOR)


class WrongTerminalKey(Refused):
    """A request for a terminal that is enrolled with another key."""

    code = "wrong-terminal-key"

    def __init__(self, org: str, terminal: str) -> None:
        super().__init__(
            f"terminal {org}/{terminal} is enrolled with another key: enrol the new device under a new name"
        )
        self.org, self.terminal = org, terminal


class WrongRequest(Refused):
    """A request for another ledger or org."""

    code = "wrong-request"

    def __init__(self, request: TerminalRequest, chain: str, org: str) -> None:
        super().__init__(
            f"the request of terminal {request.terminal} is for org {request.org} on ledger {request.chain}, "
            f"not for {org} on {chain}"
        )


class ReadByAnotherTerminal(Refused):
    """A request that would take points from the terminal that reads them now."""

    code = "read-by-another-terminal"

    def __init__(self, terminal: str, point: str, named: str, count: int) -> None:
        super().__init__(
            f"terminal {named} reads point {point!r}, one of {count} that the request of {terminal} "
            "would take from other terminals; nothing was done: `--take-over` does it, and `--dry-run` shows it"
        )
        self.terminal, self.point, self.named, self.count = terminal, point, named, count


class RedefinesPoints(Refused):
    """A request under which values of registered points would mean something else, or points would end."""

    code = "redefines-points"

    def __init__(self, terminal: str, points: str) -> None:
        super().__init__(
            f"the request of {terminal} would change what values of registered points mean, or end points, for good "
            f"({points}); nothing was done: mend terminal.toml, or `--redefine` does it, and `--dry-run` shows it"
        )
        self.terminal, self.points = terminal, points


@dataclass(frozen=True, slots=True)
class PlannedEnrolment:
    """What enrolling a terminal does: whether it is new, and the groups that are registered or changed."""

    new: bool
    changes: tuple[GroupChange, ...]

    @property
    def taken(self) -> list[tuple[str, str]]:
        """The points that are taken from other terminals, each with its terminal before."""
        return [each for change in self.changes for each in change.taken]

    @property
    def redefined(self) -> list[str]:
        """The points whose values mean something else from then on, with what differs, and those that end."""
        return [
            *(
                f"{each.after.id}: " + ", ".join(f"{d.field} {d.was}, now {d.now}" for d in each.differences)
                for change in self.changes
                for each in change.changed
                if each.redefines
            ),
            *(f"{point}: ends" for change in self.changes for point in change.ended),
        ]


def plan_enrolment(
    ledger: Ledger, member_client: MemberClient, request: TerminalRequest, now: UtcMillis
) -> PlannedEnrolment:
    """What `enrol_terminal` would do; nothing is done.

    Raises:
        WrongRequest, WrongTerminalKey, BadInput: as `enrol_terminal`.
        LedgerRefused: the ledger would refuse one of the transactions.
    """
    org = member_client.org
    if (request.chain, request.org) != (ledger.chain_id, org):
        raise WrongRequest(request, ledger.chain_id, org)
    with ledger.snapshot() as state:
        passport = queries.passport(state, org, request.terminal)
        if passport is not None and passport.newest_key.key != request.enrolment.key:
            raise WrongTerminalKey(org, request.terminal)
        changes = [group_change(state, request, group, now) for group in request.groups]
    planned = PlannedEnrolment(passport is None, tuple(change for change in changes if change is not None))
    for change in planned.changes:
        check_width(change.body.group, change.body.definitions)
    member_client.check(*_bodies(planned, request))
    return planned


def enrol_terminal(
    ledger: Ledger,
    member_client: MemberClient,
    keys: OwnerKeys,
    request: TerminalRequest,
    now: UtcMillis,
    *,
    take_over: bool = False,
    redefine: bool = False,
) -> PlannedEnrolment:
    """Enrol the terminal, and register its missing and changed points, which name it; returns what was done.

    May be repeated. `group_change` says when each group begins. All transactions are checked before the first is
    submitted.

    Raises:
        WrongRequest, WrongTerminalKey: the request is for another ledger, org or key; nothing was done.
        BadInput: a group has other days, is too wide for a frame, or a point is in another group; nothing was done.
        ReadByAnotherTerminal: it lists points of another terminal, and not `take_over`; nothing was done.
        RedefinesPoints: values of a point would mean something else, or a point ends, and not `redefine`; nothing was
            done.
        LedgerRefused: the ledger refuses a transaction; nothing was done, unless the ledger changed meanwhile.
    """
    planned = plan_enrolment(ledger, member_client, request, now)
    if planned.taken and not take_over:
        raise ReadByAnotherTerminal(request.terminal, *planned.taken[0], len(planned.taken))
    if planned.redefined and not redefine:
        raise RedefinesPoints(request.terminal, "; ".join(planned.redefined))
    keys.make_masters(member_client.org, [change.body.group for change in planned.changes])
    if bodies := _bodies(planned, request):
        member_client.submit(*bodies)
    return planned


def _bodies(planned: PlannedEnrolment, request: TerminalRequest) -> list[Enrol | DefinePoints]:
    """The transactions of an enrolment; they are independent of each other."""
    enrolment = [request.enrolment] if planned.new else []
    return [*enrolment, *(change.body for change in planned.changes)]


def hand_over(
    ledger: Ledger,
    member_client: MemberClient,
    agent: KeyAgent,
    member: Signer,
    request: TerminalRequest,
    days: int = KEY_DAYS,
) -> bytes:
    """A handover for this terminal: definitions from its oldest unframed slot on, and window keys for `days`.

    Where a group changed within `RESTATED_DAYS`, they begin with the version before, and keys with the change.

    Raises:
        WrongTerminalKey: the terminal is enrolled with another key.
        NotFound: the terminal is not enrolled, or its org has no data chain or no key here.
    """
    org = member_client.org
    with ledger.snapshot() as state:
        passport = queries.present_passport(state, org, request.terminal)
        if passport.newest_key.key != request.enrolment.key:
            raise WrongTerminalKey(org, request.terminal)
        log_key = anchors.log_key(state, org)
        if log_key is None:
            raise NotFound(f"org {org} has no data chain yet")
        now = state.head.time
        since, until = min(request.oldest_open, now), now + days * DAY
        groups = tuple(_handed(state, org, name, since, until) for name in sorted(g.group for g in request.groups))
    covers = {g.group: agent.cover(org, g.group, g.first, g.end, f"{org}/{request.terminal}") for g in groups}
    empty = Handover(ledger.chain_id, org, request.terminal, passport.version, log_key, member.public, groups, b"")
    return replace(empty, wrapped=wrap(request.receiving_key, empty.context, covers_bytes(covers))).sign(member)


def certifier(ledger: Ledger, org: str, name: str = "") -> Member:
    """A member of the org who may certify terminals, `name` if given; raises NotFound if there is none."""
    found = [m for m in members.members(ledger, org) if m.role in CERTIFIERS and name in ("", m.name)]
    if not found:
        who = f"member {name!r}" if name else "a member"
        raise NotFound(f"org {org!r} lacks {who} with role metrology or regulator; `veriwatt member add` adds one")
    return found[0]


def _handed(state: Snapshot, org: str, group: str, since: UtcMillis, until: UtcMillis) -> HandedGroup:
    newest = queries.newest_version(state, org, group)
    if newest is None:
        raise NotFound(f"group {group!r} of org {org!r} is not registered: `veriwatt terminal enrol` does it")
    kind, covered = newest.key_window, newest.calendar.span
    last = min(until, covered.end - 1)
    restated = state.head.time - RESTATED_DAYS * DAY
    recent = queries.versions_since(state, org, group, restated)
    changed = min((each.in_force_from for each in recent if each.in_force_from > restated), default=since)
    oldest = max(min(since, changed), covered.start)
    first, end = newest.calendar.key_window(kind, oldest), newest.calendar.key_window(kind, last) + 1
    versions = [
        HandedVersion(
            version.n, version.in_force_from, version.calendar, queries.definitions(state, org, group, version.n)
        )
        for version in queries.versions_since(state, org, group, min(since, changed - 1))
    ]
    return HandedGroup(group, kind, first, end, tuple(versions))
