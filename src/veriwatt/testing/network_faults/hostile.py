"""What an org with a validator of its own may send: it hands CometBFT what its application would not broadcast.

The functions run in the process of that org's node, for some seconds, as fast as it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from time import monotonic, sleep

from veriwatt.cli.bench.anchor_load import anchor_of
from veriwatt.errors import Unavailable, Unsettled
from veriwatt.ledger.comet.rpc import CometRpc, Submission
from veriwatt.model.ledger.bundle import BUNDLE_HORIZON, MOST_TRANSACTIONS
from veriwatt.ports.ledger import LedgerEngine, submit
from veriwatt.testing.actors import SimMember, SimTerminal

NEVER = 1 << 40
"""A height that no ledger reaches."""

AT_ONCE = 4
"""Items in one request."""


@dataclass(frozen=True, slots=True)
class Flooded:
    """What was offered to the mempool, and what of it was let in."""

    sent: int
    taken: int


def flood(ledger: LedgerEngine, rpc_port: int, kind: str, org: str, seconds: float) -> Flooded:
    """Send this kind in the name of the org's owner, to the CometBFT at `rpc_port`."""
    member = SimMember(org, "owner", chain=ledger.chain_id)
    member._signed = ledger.head().height << 32  # noqa: SLF001 - client ids that no other run uses
    made, until, sent, taken = KINDS[kind](ledger, member), monotonic() + seconds, 0, 0
    rpc = CometRpc(rpc_port)
    try:
        while monotonic() < until:
            batch = [next(made) for _ in range(AT_ONCE)]
            try:
                answers = rpc.submit(batch)
            except (Unavailable, Unsettled):
                sleep(0.05)
                continue
            sent += len(batch)
            taken += sum(answer is Submission.WAITS for answer in answers)
    finally:
        rpc.close()
    return Flooded(sent, taken)


def _stale_padding(ledger: LedgerEngine, member: SimMember) -> Iterator[bytes]:
    """Bundles of 63 transactions that were executed, and a new one."""
    done = _executed(ledger, member)
    for at in count():
        new = member.enrol(SimTerminal(member.org, f"p{ledger.head().height}-{at}"))
        yield _bundle(ledger, member, [*done, new])


def _nothing_new(ledger: LedgerEngine, member: SimMember) -> Iterator[bytes]:
    """Bundles of executed transactions alone."""
    done = _executed(ledger, member)
    for at in count():
        yield _bundle(ledger, member, done[at % len(done) :] + done[: at % len(done)])


def _duplicates(ledger: LedgerEngine, member: SimMember) -> Iterator[bytes]:
    """Ever the same new transactions, in bundles that differ by their expiry and their order."""
    new = [member.enrol(SimTerminal(member.org, f"d{ledger.head().height}-{at}")) for at in range(32)]
    for at in count():
        yield _bundle(ledger, member, new[at % len(new) :] + new[: at % len(new)])


def _burnt_ids(ledger: LedgerEngine, member: SimMember) -> Iterator[bytes]:
    """Transactions under a client id that was used for another one."""
    used = b"burnt".ljust(16, b".")
    submit(ledger, [member.sign(anchor_of(0, 1), client_id=used)])
    for at in count(2):
        yield member.sign(anchor_of(0, at), client_id=used)


def _never_expiring(ledger: LedgerEngine, member: SimMember) -> Iterator[bytes]:
    """Transactions that would be valid for ever, alone and in bundles in turn."""
    member.expiry = NEVER
    for at in count():
        made = [member.enrol(SimTerminal(member.org, f"n{at}-{each}")) for each in range(MOST_TRANSACTIONS)]
        yield made[0]
        yield _bundle(ledger, member, made[1:])


def _unexpiring(ledger: LedgerEngine, member: SimMember) -> Iterator[bytes]:
    """Bundles of 64 transactions that the rules accept, each valid as long as any may be."""
    member.expiry = ledger.head().height + ledger.genesis.expiry_horizon
    for at in count():
        names = [f"u{ledger.head().height}-{at}-{each}" for each in range(MOST_TRANSACTIONS)]
        yield _bundle(ledger, member, [member.enrol(SimTerminal(member.org, name)) for name in names])


KINDS: dict[str, Callable[[LedgerEngine, SimMember], Iterator[bytes]]] = {
    "bundles padded with stale transactions": _stale_padding,
    "bundles of nothing new": _nothing_new,
    "bundles of the same transactions": _duplicates,
    "transactions under a used client id": _burnt_ids,
    "transactions that never expire": _never_expiring,
    "bundles of unexpiring transactions": _unexpiring,
}


def _executed(ledger: LedgerEngine, member: SimMember) -> list[bytes]:
    """Transactions that the ledger has executed."""
    names = [f"s{ledger.head().height}-{at}" for at in range(MOST_TRANSACTIONS - 1)]
    done = [member.enrol(SimTerminal(member.org, name)) for name in names]
    submit(ledger, [_bundle(ledger, member, done)])
    return done


def _bundle(ledger: LedgerEngine, member: SimMember, transactions: Sequence[bytes]) -> bytes:
    return member.bundle(*transactions, expiry=ledger.head().height + BUNDLE_HORIZON // 2)
