"""The check of a member's request at a node: for its door, fresh, signed by a member's present key, not used before.

One check for every door that changes something. Pure: the caller gives the clock and the member's record. The numbers
are the steps of docs/spec/peers.md; `parse_request` is the first.
"""

from __future__ import annotations

from collections import OrderedDict

from veriwatt.errors import Refused, Unavailable
from veriwatt.model.members.member_request import Door, MemberRequest, SignedRequest
from veriwatt.model.members.organisation import Member
from veriwatt.units import MINUTE, UtcMillis

FRESH = 2 * MINUTE
"""How far a request's time may be from the node's clock, before or after it."""

REMEMBERED = 2 * FRESH
"""For how long a nonce is remembered: a request whose time is `FRESH` ahead stays fresh so long."""

MOST_NONCES = 4_096
"""Nonces of one member that are remembered; none is forgotten to make room."""


class RequestRefused(Refused):
    """A member's request that this door does not take, or takes no more."""

    code = "request-refused"

    def __init__(self, org: str, member: str, door: str, why: str) -> None:
        super().__init__(f"the request of {org}/{member} at door {door!r} is refused: {why}")
        self.org, self.member, self.door, self.why = org, member, door, why


class TooManyRequests(Unavailable):
    """A member has sent as many requests as the node remembers nonces of one; later ones are taken again."""

    code = "too-many-requests"

    def __init__(self, org: str, member: str) -> None:
        super().__init__(f"{org}/{member} sent {MOST_NONCES:,} requests within {REMEMBERED // MINUTE} minutes; wait")
        self.org, self.member = org, member


class Nonces:
    """The nonces that were used, by member, as long as their requests are fresh. Used by one thread at a time."""

    def __init__(self, since: UtcMillis) -> None:
        """`since` is when remembering began: a request of before may have been used, and nobody knows."""
        self.since = since
        self._used = dict[tuple[str, str], OrderedDict[bytes, UtcMillis]]()

    def use(self, request: MemberRequest, now: UtcMillis) -> None:
        """Step 6.

        Raises:
            RequestRefused: the member used the nonce.
            TooManyRequests: too many of the member's nonces are remembered.
        """
        whose = request.org, request.member
        used = self._used.setdefault(whose, OrderedDict())
        while used and next(iter(used.values())) + REMEMBERED < now:
            used.popitem(last=False)
        if request.nonce in used:
            raise _refused(request, "its nonce was used")
        if len(used) >= MOST_NONCES:
            raise TooManyRequests(*whose)
        used[request.nonce] = now


def check_addressed(signed: SignedRequest, door: Door, now: UtcMillis, since: UtcMillis) -> None:
    """Steps 2 and 3, which cost no signature: the request is for this door, and fresh at the node's clock.

    Raises:
        RequestRefused: it is for another chain, node or door, too old or too new, or of before `since`.
    """
    request = signed.request
    # 2. this chain, this node, this door
    if request.door != door:
        raise _refused(request, f"this is door {door.name!r} of {door.org}/{door.node} on ledger {door.chain}")
    # 3. fresh, and of a time whose nonces are remembered
    if abs(request.time - now) > FRESH:
        raise _refused(request, "its time is more than two minutes from this node's clock; compare the clocks")
    if request.time < since:
        raise _refused(request, "it was signed before this node started; sign it again")


def check_signed(signed: SignedRequest, member: Member | None, nonces: Nonces, now: UtcMillis) -> None:
    """Steps 4 to 6: signed by the present key of `member`, the record of the one it names, under an unused nonce.

    Raises:
        RequestRefused: there is no such member, or the nonce was used.
        Malformed: it names another key than the member's.
        BadSignature: the key did not sign it.
        TooManyRequests: as `Nonces.use`.
    """
    # 4. a member of the ledger
    if member is None:
        raise _refused(signed.request, "the ledger has no such member")
    # 5. its present key
    signed.check_signed_by(member.key)
    # 6. once
    nonces.use(signed.request, now)


def _refused(request: MemberRequest, why: str) -> RequestRefused:
    return RequestRefused(request.org, request.member, request.door.name, why)
