"""Random blocks of transactions alone and in bundles: the machine agrees with a naive model of what each result is.

The model knows no bytes: a transaction is what its signer meant by it, and what is wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import hypothesis.strategies as st
from hypothesis import given, settings

from tests.machine.scene import Scene
from veriwatt.crypto.signing import Signer
from veriwatt.errors import VeriwattError
from veriwatt.machine.admission import admit, screen
from veriwatt.machine.app import TransactionOutcome, execute_block
from veriwatt.machine.envelopes import Envelopes
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import BlockContext
from veriwatt.model.members.organisation import AddMember, RekeyMember
from veriwatt.testing.actors import SimMember, sim_key

SIGNERS = ("acme/ann", "acme/oli", "acme/rae", "city/cora")
MAY_RELAY = ("acme/ann", "acme/oli", "city/cora")
MAY_ADD = ("acme/ann", "city/cora")
HORIZON = 6


@dataclass(frozen=True)
class Meant:
    """`key` is the generation of the signer's key; `defect` what is wrong with the bytes."""

    signer: str
    key: int
    client: int
    expiry: int
    does: str
    defect: str = ""

    @property
    def once(self) -> tuple[str, int, int]:
        return self.signer, self.key, self.client


@dataclass(frozen=True)
class Item:
    """A transaction alone, or the bundle of some by a relay."""

    meant: tuple[Meant, ...]
    relay: str = ""


@dataclass
class Model:
    """Who has which key, which names are taken, and the first result under each client id."""

    keys: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SIGNERS, 0))
    names: set[tuple[str, str]] = field(default_factory=lambda: {tuple(s.split("/")) for s in SIGNERS})  # type: ignore[misc]
    first: dict[tuple[str, int, int], tuple[Meant, str, int]] = field(default_factory=dict)

    def copy(self) -> Model:
        return Model(dict(self.keys), set(self.names), dict(self.first))

    def authentic(self, meant: Meant, height: int) -> str:
        """ "" or the code of the first of steps 1 to 6 that fails; "repeat" for what was executed before."""
        if meant.defect in ("nonsense", "foreign"):
            return {"nonsense": "malformed", "foreign": "wrong-chain"}[meant.defect]
        if meant.expiry < height:
            return "transaction-expired"
        if meant.expiry > height + HORIZON:
            return "expiry-too-far"
        if self.keys[meant.signer] != meant.key:
            return "signer-not-found"
        if meant.defect == "unsigned":
            return "bad-signature"
        if meant.once not in self.first or self.first[meant.once][0].expiry < height:
            return ""
        return "repeat" if self.first[meant.once][0] == meant else "client-id-used"

    def acceptable(self, meant: Meant) -> str:
        org = meant.signer.split("/")[0]
        if meant.does == "rekey":
            return "ok"
        if meant.signer not in MAY_ADD:
            return "not-allowed"
        return "record-exists" if (org, meant.does) in self.names else "ok"

    def execute(self, meant: Meant, height: int) -> tuple[str, bool]:
        wrong = self.authentic(meant, height)
        if wrong:
            return (self.first[meant.once][1] if wrong == "repeat" else wrong), False
        code = self.acceptable(meant)
        self.first[meant.once] = meant, code, height
        if code == "ok" and meant.does == "rekey":
            self.keys[meant.signer] += 1
        elif code == "ok":
            self.names.add((meant.signer.split("/")[0], meant.does))
        return code, True

    def unfit(self, item: Item, height: int) -> str:
        """Why a bundle is refused whole."""
        if self.keys[item.relay] != 0:  # relays of the test never learn that their key has changed
            return "signer-not-found"
        if item.relay not in MAY_RELAY:
            return "not-allowed"
        ids = [meant.once for meant in item.meant]
        if any(meant.defect in ("nonsense", "foreign") for meant in item.meant) or len(set(ids)) < len(ids):
            return "bundle-unfit"
        forged = any(meant.defect == "unsigned" and self.keys[meant.signer] == meant.key for meant in item.meant)
        return "bundle-unfit" if forged else ""


class World:
    """The machine beside the model, and the bytes of what was meant."""

    def __init__(self) -> None:
        self.scene, self.model, self.bytes = Scene(expiry_horizon=HORIZON), Model(), dict[Meant, bytes]()
        self.members = {f"{m.org}/{m.name}": m for m in self.scene.members}
        self.envelopes = Envelopes(limit=1 << 14)

    def raw(self, item: Item) -> bytes:
        if not item.relay:
            return self.signed(item.meant[0])
        return self.members[item.relay].bundle(*map(self.signed, item.meant), expiry=self.scene.chain.height + 1)

    def signed(self, meant: Meant) -> bytes:
        if meant not in self.bytes:
            self.bytes[meant] = self._sign(meant)
        return self.bytes[meant]

    def _sign(self, meant: Meant) -> bytes:
        if meant.defect == "nonsense":
            return b"nonsense" + bytes([meant.client])
        of = self.members[meant.signer]
        who = SimMember(of.org, of.name, chain="sim-0000000000000000" if meant.defect == "foreign" else of.chain)
        who.key = self.key(meant.signer, meant.key)
        client, until = bytes(15) + bytes([meant.client]), meant.expiry
        if meant.does == "rekey":
            key = self.key(meant.signer, meant.key + 1)
            raw = who.sign(RekeyMember(who.name, key.public), client_id=client, expiry=until)
        else:
            raw = who.sign(AddMember(SimMember(of.org, meant.does).new), client_id=client, expiry=until)
        return raw[:-64] + bytes(64) if meant.defect == "unsigned" else raw

    def key(self, signer: str, generation: int) -> Signer:
        return sim_key(f"member {signer}" if generation == 0 else f"{signer} {generation}")

    def next(self) -> BlockContext:
        chain = self.scene.chain
        return BlockContext(chain.height + 1, chain.time + 1, chain.app_hashes[-1])

    def check_door(self, item: Item) -> None:
        """The door admits just what would be accepted, and leaves the state as it is."""
        height, model = self.scene.chain.height + 1, self.model.copy()
        would = item.relay == "" or not model.unfit(item, height)
        would = would and any(not model.authentic(m, height) and model.acceptable(m) == "ok" for m in item.meant)
        assert would == self.admits(self.raw(item)), item

    def admits(self, raw: bytes) -> bool:
        try:
            admit(self.scene.chain.rows, self.next(), raw, envelopes=self.envelopes)
        except VeriwattError:
            return False
        return True

    def check_screen(self, items: list[Item]) -> list[Item]:
        """What is screened out carries nothing new at its place; what remains is whole."""
        height, taken, kept = self.scene.chain.height + 1, set[tuple[str, int, int]](), list[Item]()
        raws = list(map(self.raw, items))
        refusals = screen(self.scene.chain.rows, self.next(), raws, envelopes=self.envelopes)
        for item, refusal in zip(items, refusals, strict=True):
            new = {m.once for m in item.meant if not self.model.authentic(m, height)} - taken
            fits = bool(new) and not (item.relay and self.model.unfit(item, height))
            assert fits == (refusal is None), (item, refusal)
            taken |= new if fits else set()
            kept += [item] if fits else []
        assert set(screen(self.scene.chain.rows, self.next(), list(map(self.raw, kept)))) <= {None}
        return kept

    def check_block(self, items: list[Item]) -> None:
        """Every result is the model's; with and without a cache the block is the same."""
        height, raws = self.scene.chain.height + 1, list(map(self.raw, items))
        plain = execute_block(MemoryRows(dict(self.scene.chain.rows.scan(b""))), self.next(), raws)
        assert plain == execute_block(self.scene.chain.rows, self.next(), raws, envelopes=self.envelopes)
        for item, outcome in zip(items, self.scene.chain.block(*raws), strict=True):
            self.check_outcome(item, outcome, height)

    def check_outcome(self, item: Item, outcome: TransactionOutcome, height: int) -> None:
        if not item.relay:
            assert (outcome.code, outcome.executed) == self.model.execute(item.meant[0], height), item
            return
        unfit = self.model.unfit(item, height)
        if unfit:
            assert (outcome.code, outcome.executed, outcome.carried) == (unfit, False, ()), item
            return
        results = [self.model.execute(meant, height) for meant in item.meant]
        assert [(each.outcome.code, each.outcome.executed) for each in outcome.carried] == results, item
        executed = any(each for _, each in results)
        assert (outcome.code, outcome.executed) == ("ok" if executed else "nothing-new", executed)


MEANT = st.builds(
    Meant,
    st.sampled_from(SIGNERS),
    st.sampled_from([0, 0, 0, 1]),
    st.integers(0, 3),
    st.sampled_from([1, 2, 3, 4, 6, 9]),
    st.sampled_from(["x", "y", "z", "rekey"]),
    st.sampled_from([""] * 12 + ["unsigned", "foreign", "nonsense"]),
)


@st.composite
def histories(draw: st.DrawFn) -> list[list[Item]]:
    """Blocks that draw from few transactions, so that they come again in every way."""
    pool = draw(st.lists(MEANT, min_size=4, max_size=24))
    one = st.sampled_from(pool)
    alone = st.builds(lambda meant: Item((meant,)), one)
    relays = st.sampled_from([*MAY_RELAY, *MAY_RELAY, "acme/rae"])
    bundle = st.builds(lambda meant, relay: Item(tuple(meant), relay), st.lists(one, min_size=1, max_size=6), relays)
    return draw(st.lists(st.lists(alone | bundle, max_size=6), min_size=1, max_size=8))


@settings(max_examples=120, deadline=None)
@given(blocks=histories(), screened=st.booleans())
def test_every_transaction_has_the_result_of_the_model(blocks: list[list[Item]], screened: bool) -> None:
    world = World()
    for items in blocks:
        for item in items[:2]:
            world.check_door(item)
        kept = world.check_screen(items)
        world.check_block(kept if screened else items)


@settings(max_examples=60, deadline=None)
@given(blocks=histories())
def test_a_bundle_changes_the_state_as_its_transactions_alone_do(blocks: list[list[Item]]) -> None:
    bundled, alone = World(), World()
    for items in blocks:
        kept = bundled.check_screen(items)
        outcomes = execute_block(bundled.scene.chain.rows, bundled.next(), list(map(bundled.raw, kept))).outcomes
        bundled.check_block(kept)
        opened = [item for item, o in zip(kept, outcomes, strict=True) if not item.relay or o.carried]
        alone.scene.chain.block(*[alone.signed(meant) for item in opened for meant in item.meant])
        assert bundled.scene.chain.app_hashes == alone.scene.chain.app_hashes
