"""The org's side of a terminal's life: enrol it, register its points, hand it keys, vouch for it, revoke it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from veriwatt.crypto.keytree import Cover
from veriwatt.crypto.signing import PublicKey, Signer
from veriwatt.crypto.wrapping import wrap
from veriwatt.energy.calendar import Zone
from veriwatt.errors import Missing, Refused
from veriwatt.machine.anchors import queries as anchors
from veriwatt.machine.members import queries as members
from veriwatt.machine.terminals import queries
from veriwatt.model.group import DefinePoints, GroupVersion, definitions_root
from veriwatt.model.handover import HandedKeys, Handover, RequestedGroup, TerminalRequest, covers_bytes
from veriwatt.model.organisation import Member, Role
from veriwatt.ports import Ledger
from veriwatt.readmodel.grids import key_window
from veriwatt.services.desk import Desk
from veriwatt.services.import_file import key_window_for
from veriwatt.services.keys import OwnerKeys
from veriwatt.units import DAY, UtcMillis

KEY_DAYS = 30
"""Days ahead for which a terminal is handed window keys."""

CERTIFIERS = (Role.METROLOGY, Role.REGULATOR)


class OtherKey(Refused):
    """A request for a terminal that is enrolled with another key."""

    code = "other-key"

    def __init__(self, org: str, terminal: str) -> None:
        super().__init__(
            f"terminal {org}/{terminal} is enrolled with another key: enrol the new device under a new name"
        )
        self.org, self.terminal = org, terminal


class ForeignRequest(Refused):
    """A request that names another ledger or org than the one at hand."""

    code = "foreign-request"

    def __init__(self, request: TerminalRequest, chain: str, org: str) -> None:
        super().__init__(
            f"the request of terminal {request.terminal} is for org {request.org} on ledger {request.chain}, "
            f"not for {org} on {chain}"
        )


def enrol_terminal(ledger: Ledger, desk: Desk, keys: OwnerKeys, request: TerminalRequest) -> bool:
    """Put the terminal and its points on the ledger where they are not yet; returns whether it was new.

    May be repeated. Points whose definition changed are registered anew from the next local midnight.

    Raises:
        ForeignRequest, OtherKey: nothing was done.
        LedgerRefused: the ledger says no.
    """
    if (request.chain, request.org) != (ledger.chain_id, desk.org):
        raise ForeignRequest(request, ledger.chain_id, desk.org)
    passport = queries.passport(ledger, desk.org, request.terminal)
    if passport is None:
        desk.submit(request.enrolment)
    elif passport.key != request.enrolment.key:
        raise OtherKey(desk.org, request.terminal)
    bodies = [body for group in request.groups for body in _definitions(ledger, desk.org, group)]
    if bodies:
        keys.make_masters(desk.org, [body.group for body in bodies])
        desk.submit(*bodies)
    return passport is None


def hand_over(
    ledger: Ledger, desk: Desk, keys: OwnerKeys, member: Signer, request: TerminalRequest, days: int = KEY_DAYS
) -> bytes:
    """The handover's file: window keys from the terminal's oldest open slot to `days` from now, for it alone.

    Raises:
        OtherKey: the request is not by the enrolled terminal.
        Missing: the terminal is not enrolled, or its org has no data chain or no key here.
    """
    passport = queries.present_passport(ledger, desk.org, request.terminal)
    if passport.key != request.enrolment.key:
        raise OtherKey(desk.org, request.terminal)
    log_key = anchors.log_key(ledger, desk.org)
    if log_key is None:
        raise Missing(f"org {desk.org} has no data chain yet")
    now = ledger.head().time
    since, until = min(request.oldest_open, now), now + days * DAY
    spans = {g.group: _key_span(ledger, desk.org, g, since, until) for g in request.groups}
    covers = {group: keys.cover(desk.org, group, first, end) for group, (first, end) in spans.items()}
    return _sealed(ledger, desk.org, request, passport.version, log_key, covers, member)


def certifier(ledger: Ledger, org: str, name: str = "") -> Member:
    """The member of an org who vouches for terminals; Missing when it has none, or none of that name."""
    found = [m for m in members.members(ledger, org) if m.role in CERTIFIERS and name in ("", m.name)]
    if not found:
        who = f"member {name!r}" if name else "a member"
        raise Missing(f"org {org!r} has not {who} with role metrology or regulator; `veriwatt member add` adds one")
    return found[0]


def _definitions(ledger: Ledger, org: str, wanted: RequestedGroup) -> Sequence[DefinePoints]:
    newest = queries.newest_version(ledger, org, wanted.group)
    if newest is not None and newest.root == definitions_root(wanted.definitions):
        return ()
    definitions, zone = wanted.definitions, Zone.parse(wanted.definitions[0].timezone)
    today = zone.day(ledger.head().time)
    if newest is None:
        return (DefinePoints(wanted.group, key_window_for(definitions), zone.midnight(today), definitions),)
    return (DefinePoints(wanted.group, newest.key_window, zone.midnight(today + 1), definitions),)


def _key_span(ledger: Ledger, org: str, group: RequestedGroup, since: UtcMillis, until: UtcMillis) -> tuple[int, int]:
    version: GroupVersion | None = queries.newest_version(ledger, org, group.group)
    if version is None:
        raise Missing(f"group {group.group!r} of org {org!r} is not registered: `veriwatt terminal enrol` does it")
    kind, zone = version.key_window, version.timezone
    return key_window(kind, zone, since), key_window(kind, zone, until) + 1


def _sealed(
    ledger: Ledger, org: str, request: TerminalRequest, version: int, log_key: PublicKey, covers: dict[str, Cover],
    member: Signer,
) -> bytes:  # fmt: skip
    handed = tuple(HandedKeys(group, cover.first, cover.end) for group, cover in sorted(covers.items()))
    empty = Handover(ledger.chain_id, org, request.terminal, version, log_key, member.public, handed, b"")
    return replace(empty, wrapped=wrap(request.receiving_key, empty.context, covers_bytes(covers))).sign(member)
