"""Writes bundles.json: blocks with bundles and what becomes of each transaction, and bundles that are refused whole.

After docs/spec/bundle.md. The members are those of `veriwatt.testing.actors`: Ed25519 seeds
SHA-256("veriwatt simulated key: member ORG/NAME").
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from veriwatt.encoding import Sign1, Value, decode, encode, to_be_signed
from veriwatt.encoding.cose import parse_sign1
from veriwatt.errors import VeriwattError
from veriwatt.machine.admission import screen
from veriwatt.machine.app import TransactionOutcome, execute_block
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.refusals import BundleUnfit
from veriwatt.machine.state import BlockContext
from veriwatt.merkle.state_tree import StateTree
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.ledger.bundle import BUNDLE_HORIZON, MOST_BYTES, MOST_TRANSACTIONS
from veriwatt.model.members.organisation import AddMember, Role
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis, sim_key

ANN, OLI, RAE = SimMember("acme", "ann"), SimMember("acme", "oli", Role.OPERATOR), SimMember("acme", "rae", Role.READER)
CORA = SimMember("city", "cora")
GENESIS = sim_genesis(ANN, OLI, RAE, CORA)
LEAVES = [leaf_hash(bytes([at])) for at in range(5)]


class Chain:
    """Blocks of one transaction or bundle and more, written down as they are executed."""

    def __init__(self) -> None:
        self.rows, self.blocks = MemoryRows(genesis_rows(GENESIS)), list[dict[str, object]]()

    @property
    def next(self) -> BlockContext:
        height = len(self.blocks) + 1
        return BlockContext(height, START + height, StateTree.from_items(self.rows.scan(b"")).root)

    def block(self, what: str, *items: bytes) -> None:
        done = execute_block(self.rows, self.next, items)
        self.rows.take(done.changes)
        app_hash = StateTree.from_items(self.rows.scan(b"")).root
        outcomes = [_outcome(outcome) for outcome in done.outcomes]
        self.blocks.append(
            {"what": what, "items": [i.hex() for i in items], "outcomes": outcomes, "app_hash": app_hash.hex()}
        )

    def refused(self, what: str, raw: bytes) -> dict[str, object]:
        """A bundle that is refused whole in the next block, by the same rule wherever it is asked."""
        (outcome,), (refusal,) = (
            execute_block(self.rows, self.next, [raw]).outcomes,
            screen(self.rows, self.next, [raw]),
        )
        assert refusal is not None
        assert (outcome.code, outcome.executed, outcome.carried) == (refusal.code, False, ())
        return {"what": what, "bundle": raw.hex(), "code": refusal.code, **_cause(refusal)}


def without_signature(raw: bytes) -> bytes:
    """The same signed bytes under a signature of zeros."""
    return raw[:-64] + bytes(64)


def with_payload(raw: bytes, change: Callable[[list[Value]], list[Value]], signer: SimMember) -> bytes:
    """The envelope with another payload, signed again."""
    protected, payload, _ = parse_sign1(raw, "bundle")
    fields = decode(payload)
    assert isinstance(fields, list)
    changed = encode(change(fields))
    return Sign1(protected, changed, signer.key.sign(to_be_signed(protected, changed))).to_bytes()


def vectors() -> dict[str, object]:
    chain = Chain()
    opened, enrolled = ANN.open_log(), CORA.enrol(SimTerminal("city", "t2"))
    anchored, refused = ANN.anchor(LEAVES, 0), RAE.enrol(SimTerminal("acme", "t1"))
    chain.block("two orgs' transactions by a relay of one", CORA.bundle(opened, enrolled))
    chain.block(
        "each its own result: a repeat, one that the rules refuse, one that is new",
        CORA.bundle(opened, refused, anchored),
    )
    alone = ANN.enrol(SimTerminal("acme", "t1"))
    twice = OLI.enrol(SimTerminal("acme", "t3"))
    chain.block(
        "a transaction alone and in two bundles of a block: executed once",
        alone,
        CORA.bundle(alone, twice),
        OLI.bundle(twice, CORA.open_log()),
    )
    chain.block("a bundle that comes again carries nothing and changes nothing", CORA.bundle(alone, twice))
    late, stranger = (
        ANN.sign(AddMember(SimMember("acme", "late").new), expiry=2),
        SimMember("acme", "eve", chain=ANN.chain),
    )
    used = SimMember("acme", "ann", chain=ANN.chain).enrol(SimTerminal("acme", "t4"))
    chain.block(
        "what the state alone decides is carried: expired, no such member, its client id used",
        CORA.bundle(late, stranger.open_log(), used, ANN.add_member(SimMember("acme", "bea"))),
    )
    key = sim_key("ann again")
    rekeyed, after = ANN.rekey("ann", key), ANN.add_member(SimMember("acme", "old"))
    ANN.key = key
    chain.block(
        "a key changed within the bundle: the old one signs no more, the new one does",
        CORA.bundle(rekeyed, after, ANN.add_member(SimMember("acme", "new"))),
    )
    return {
        "genesis": GENESIS.to_bytes().hex(),
        "limits": {"transactions": MOST_TRANSACTIONS, "bytes": MOST_BYTES, "horizon": BUNDLE_HORIZON},
        "blocks": chain.blocks,
        "refused": refusals(chain),
    }


def refusals(chain: Chain) -> list[dict[str, object]]:
    """At the height after the blocks; each bundle has one defect."""
    here = chain.next.height
    fresh = [ANN.add_member(SimMember("acme", f"m{at}")) for at in range(MOST_TRANSACTIONS + 1)]
    good = CORA.bundle(fresh[0])
    foreign = SimMember("city", "cora", chain="sim-0000000000000000")
    twin = SimMember("acme", "ann", chain=ANN.chain)
    twin.key = ANN.key
    same_id = [twin.sign(AddMember(SimMember("acme", name).new), client_id=bytes(16)) for name in ("x", "y")]
    cases = [
        ("no transaction", CORA.bundle()),
        ("65 transactions", CORA.bundle(*fresh)),
        ("a text among the transactions", with_payload(good, lambda f: [*f[:5], ["not bytes"]], CORA)),
        ("a field too many", with_payload(good, lambda f: [*f, 0], CORA)),
        ("of another chain", foreign.bundle(fresh[0])),
        ("expired", CORA.bundle(fresh[0], expiry=here - 1)),
        ("valid too long", CORA.bundle(fresh[0], expiry=here + BUNDLE_HORIZON + 1)),
        ("a relay that is no member", SimMember("city", "eve", chain=CORA.chain).bundle(fresh[0])),
        ("a relay's signature of zeros", without_signature(good)),
        ("a reader as relay", RAE.bundle(fresh[0])),
        ("a bundle in a bundle", CORA.bundle(good)),
        ("bytes that are no transaction", CORA.bundle(fresh[0], b"nonsense")),
        ("a transaction of another chain", CORA.bundle(fresh[0], foreign.open_log())),
        ("a transaction twice", CORA.bundle(fresh[0], fresh[1], fresh[0])),
        ("one client id for two transactions", CORA.bundle(*same_id)),
        ("a transaction's signature of zeros", CORA.bundle(fresh[0], without_signature(fresh[1]))),
        ("a transaction and its twin under a signature of zeros", CORA.bundle(fresh[0], without_signature(fresh[0]))),
    ]
    return [chain.refused(what, raw) for what, raw in cases]


def _outcome(outcome: TransactionOutcome) -> dict[str, object]:
    carried = [[each.outcome.code, each.outcome.executed] for each in outcome.carried]
    return {"code": outcome.code, "executed": outcome.executed, "data": outcome.data.hex(), "carried": carried}


def _cause(refusal: VeriwattError) -> dict[str, object]:
    return {"at": refusal.at, "cause": refusal.cause.code} if isinstance(refusal, BundleUnfit) else {}


if __name__ == "__main__":
    Path(__file__).with_name("bundles.json").write_text(json.dumps(vectors(), indent=1) + "\n")
