"""A load of anchors as many orgs make it: each sends its next one when its last is final."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import monotonic, thread_time

from veriwatt.crypto.bare_libsodium import Signed, verify_all
from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.errors import Refused
from veriwatt.ids import Digest, ObjectId
from veriwatt.machine.anchors.queries import data_chain
from veriwatt.machine.transaction_kinds import parse
from veriwatt.membership.member_client import MemberClient
from veriwatt.membership.new_ledger import OWNER
from veriwatt.merkle.tree import cover
from veriwatt.model.chain.anchor import Anchor, OpenLog
from veriwatt.model.ledger.bundle import BUNDLE_HORIZON, MOST_TRANSACTIONS, sign_bundle
from veriwatt.model.ledger.transaction import Body
from veriwatt.model.members.organisation import AddOrg, NewMember, Role
from veriwatt.ports.ledger import RESULT_WITHIN, Ledger, LedgerEngine, Result, ResultUnknown, Ticket
from veriwatt.system.garbage_collector import gc_frozen

FRAMES = 10
"""Frames in an anchor."""

Keys = dict[str, bytes]
"""The seed of each org's owner's key."""


@dataclass(frozen=True, slots=True)
class LoadMeasure:
    """When the first anchor was sent and the last was final, and the seconds that each took.

    `bare` are the processor seconds of bare verification of all of them; `aside` those that this process spent on
    making the anchors and on that verification: no node has them.
    """

    began: float
    ended: float
    finality: list[float]
    bare: float
    aside: float


def admit_orgs(ledger: LedgerEngine, founder: str, keys: Keys) -> None:
    """Let the founder, which is among `keys`, add the other orgs; each gets a data chain."""
    client, relay = member_client(ledger, founder, Ed25519Signer(keys[founder])), (founder, keys[founder])
    public = {org: Ed25519Signer(seed).public for org, seed in keys.items()}
    others = (AddOrg(org, org, NewMember(OWNER, Role.OWNER, public[org])) for org in keys if org != founder)
    submit_bundled(ledger, relay, [client.sign(each) for each in others])
    open_logs(ledger, keys)


def open_logs(ledger: LedgerEngine, keys: Keys) -> None:
    """Open a data chain of each org; the first of them is the relay of all."""
    owners = [member_client(ledger, org, Ed25519Signer(seed)) for org, seed in keys.items()]
    opening = [owner.sign(OpenLog(Ed25519Signer(os.urandom(32)).public)) for owner in owners]
    submit_bundled(ledger, next(iter(keys.items())), opening)


def submit_bundled(ledger: Ledger, relay: tuple[str, bytes], transactions: Sequence[bytes]) -> None:
    """Submit them in full bundles of a relay; raises Refused unless all are executed with "ok"."""
    ledger.broadcast(bundles(ledger, relay[0], Ed25519Signer(relay[1]), transactions))
    check_done(ledger.await_result(sha256(raw), RESULT_WITHIN) for raw in transactions)


def bundles(ledger: Ledger, org: str, key: Ed25519Signer, transactions: Sequence[bytes]) -> list[bytes]:
    """The transactions in full bundles, the owner of an org their relay."""
    expiry, full = ledger.head().height + BUNDLE_HORIZON // 2, MOST_TRANSACTIONS
    return [
        sign_bundle(key, ledger.chain_id, org, OWNER, expiry, transactions[at : at + full])
        for at in range(0, len(transactions), full)
    ]


def send_anchors(ledger: LedgerEngine, keys: Keys, rounds: int, bundled: bool) -> LoadMeasure:
    """So many anchors of each org, each alone, or with those of others in bundles of the first org's relay."""
    started = thread_time()
    senders = [_Sender(ledger, org, Ed25519Signer(seed), rounds) for org, seed in keys.items()]
    signed = [each.signed(raw) for each in senders for raw in each.waiting]
    load = _Load(ledger, senders, bundled)
    with gc_frozen():
        began, made = monotonic(), thread_time() - started
        load.run()
        ended = monotonic()
    bare = thread_time()
    verify_all(signed)
    bare = thread_time() - bare
    return LoadMeasure(began, ended, load.finality, bare, made + bare)


class _Sender:
    """An org with the anchors that it has still to send."""

    def __init__(self, ledger: Ledger, org: str, key: Ed25519Signer, rounds: int) -> None:
        self.org, self.key = org, key
        client, size = member_client(ledger, org, key), data_chain(ledger, org).size
        sizes = range(size, size + rounds * FRAMES, FRAMES)
        self.waiting = deque(client.sign(anchor_of(old, old + FRAMES)) for old in sizes)

    def signed(self, raw: bytes) -> Signed:
        """What bare verification takes."""
        tx = parse(raw)
        return tx.signature + tx.signed, self.key.public.raw


class _Load:
    """The anchors that are sent and not final yet."""

    def __init__(self, ledger: Ledger, senders: Sequence[_Sender], bundled: bool) -> None:
        self._ledger, self._ready, self._relay = ledger, list(senders), senders[0] if bundled else None
        self._sent = dict[Ticket, tuple[float, _Sender]]()
        self.finality = list[float]()

    def run(self) -> None:
        while self._ready or self._sent:
            self._send([sender for sender in self._ready if sender.waiting])
            self._ready = []
            for at, ticket in enumerate(list(self._sent)):
                self._settle(ticket, RESULT_WITHIN if at == 0 else 0)

    def _send(self, senders: Sequence[_Sender]) -> None:
        anchors, now = [sender.waiting.popleft() for sender in senders], monotonic()
        self._sent |= {sha256(raw): (now, sender) for raw, sender in zip(anchors, senders, strict=True)}
        relay = self._relay
        self._ledger.broadcast(anchors if relay is None else bundles(self._ledger, relay.org, relay.key, anchors))

    def _settle(self, ticket: Ticket, within: int) -> None:
        """Count an anchor whose result is there within so many milliseconds, and let its org go on."""
        try:
            result = self._ledger.await_result(ticket, within)
        except ResultUnknown:
            if within:
                raise
            return
        check_done([result])
        sent, sender = self._sent.pop(ticket)
        self.finality.append(monotonic() - sent)
        self._ready.append(sender)


def check_done(results: Iterable[Result]) -> None:
    """Raise Refused unless all of them are "ok"."""
    for result in results:
        if not result.ok:
            raise Refused(result.text)


def member_client(ledger: Ledger, org: str, key: Ed25519Signer) -> MemberClient:
    """The desk of an org's owner."""
    return MemberClient(ledger, org, OWNER, key, os.urandom)


def anchor_of(old: int, new: int) -> Body:
    """An anchor of frames that nobody has: the machine extends the chain by whatever hashes it is given."""
    subtrees = tuple(Digest(os.urandom(32)) for _ in cover(old, new))
    return Anchor(old, new, subtrees, ObjectId(os.urandom(32)), Digest(os.urandom(32)))
