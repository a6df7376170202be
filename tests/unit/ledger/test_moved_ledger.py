"""An engine that begins with the export of another ledger: what it proves, what its audit finds, what it refuses."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.comet_program import comet_program
from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import decode, encode
from veriwatt.errors import Malformed, NotProven, RootMismatch
from veriwatt.ledger.embedded.block import finalise
from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.ledger.open_ledger import LedgerExport, audit_ledger, export_ledger
from veriwatt.ledger.rows.export import NotClosed, export_file
from veriwatt.ledger.rows.state_chunks import LeavesMissing
from veriwatt.machine.anchors import queries as anchors
from veriwatt.machine.genesis import NotSuccessor
from veriwatt.machine.members import queries as members
from veriwatt.membership.new_ledger import trust_of
from veriwatt.merkle.state_proof import verify_state
from veriwatt.model.governance.parameters import CONSORTIUM
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.state_keys import PREDECESSORS, ROOT_LOG, anchors_key
from veriwatt.ports.ledger import submit
from veriwatt.testing.actors import START, SimMember, sim_genesis, sim_validator
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.comet_network import CometNetwork, height_of, wait_until
from veriwatt.testing.moves import close, sim_plan
from veriwatt.units import MINUTE, SECOND

LEAVES = [sha256(b"frame %d" % at) for at in range(5)]


class Old:
    """A closed ledger with a member, a log and two anchors; its export and what continues it."""

    def __init__(self, folder: Path, *, validators: int = 1) -> None:
        folder.mkdir()
        self.file, self.clock, self.ann = folder / "ledger.db", SimClock(START), SimMember("acme", "ann")
        genesis = sim_genesis(self.ann)
        parameters = None if validators == 1 else CONSORTIUM
        self.plan = sim_plan(genesis, validators=range(validators), parameters=parameters)
        with EmbeddedLedger.create(self.file, genesis, sim_validator(), self.clock) as ledger:
            submit(ledger, [self.ann.open_log(), self.ann.add_member(SimMember("acme", "bea"))])
            self.trust = trust_of(ledger, genesis, START)
            submit(ledger, [self.ann.anchor(LEAVES[:2], 0)])
            self.clock.advance_to(START + MINUTE)
            submit(ledger, [self.ann.anchor(LEAVES[:4], 2)])
            with pytest.raises(NotClosed):
                export_ledger(ledger)
            self.genesis, self.export = close(ledger, self.plan, self.ann)
            self.head = ledger.head()
            self.raw = self.export.to_bytes()
        self.ann.chain = self.genesis.chain_id


@pytest.fixture
def old(tmp_path: Path) -> Old:
    return Old(tmp_path / "old")


@pytest.fixture
def new(old: Old, tmp_path: Path) -> Iterator[EmbeddedLedger]:
    (tmp_path / "new").mkdir()
    export = LedgerExport.from_bytes(old.raw)
    with EmbeddedLedger.create(
        tmp_path / "new" / "ledger.db", old.genesis, sim_validator(), old.clock, export
    ) as ledger:
        yield ledger


def test_the_first_block_follows_the_end_in_height_and_time(old: Old, new: EmbeddedLedger) -> None:
    head, end = new.head(), old.export.end()
    assert (end.height, end.time) == (old.head.height, old.head.time)
    assert head.height == end.height + 1
    assert head.time >= end.time
    assert new.light_block(head.height).header.last_block_id is None
    assert list(new.executed()) == []


def test_the_new_ledger_anchors_where_the_old_one_ended_and_audits_clean(old: Old, new: EmbeddedLedger) -> None:
    (result,) = submit(new, [old.ann.anchor(LEAVES, 4)])
    assert (result.code, result.height) == ("ok", new.head().height - 1)
    assert anchors.data_chain(new, "acme").size == 5
    assert [each.result.code for each in new.executed()] == ["ok"]
    with new.snapshot() as now:
        proof = now.prove([PREDECESSORS])
        verify_state(now.head.app_hash, proof.proof, dict(proof.values))
        assert len(list(now.log_leaves(anchors_key("acme")))) == 3
        assert now.log_proof(ROOT_LOG, 0).size == now.head.root_log_size
    done = audit_ledger(old.file.parent.parent / "new")
    assert done.problems == ()
    assert done.height == new.head().height


def test_the_new_ledger_opens_again_without_the_old_one(old: Old, new: EmbeddedLedger, tmp_path: Path) -> None:
    submit(new, [old.ann.anchor(LEAVES, 4)])
    height = new.head().height
    new.close()
    with closing(EmbeddedLedger.open(tmp_path / "new" / "ledger.db", sim_validator(), old.clock)) as again:
        assert again.head().height == height
        assert again.chain_id == old.genesis.chain_id


def test_the_audit_names_a_lost_or_changed_export_and_a_changed_old_leaf(
    old: Old, new: EmbeddedLedger, tmp_path: Path
) -> None:
    file = tmp_path / "new" / "ledger.db"
    kept = export_file(file).read_bytes()
    export_file(file).unlink()
    assert any("missing" in each.what for each in audit_ledger(file.parent).problems)
    export_file(file).write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    assert any("not the export" in each.what for each in audit_ledger(file.parent).problems)
    export_file(file).write_bytes(kept)
    assert audit_ledger(file.parent).problems == ()
    assert old.genesis.predecessor is not None
    new.close()
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE log_leaves SET leaf = x'00' WHERE log = ? AND position = 0", (ROOT_LOG,))
    assert [each.what for each in audit_ledger(file.parent).problems] == [
        "the leaf is not the one that the predecessor's export has"
    ]


def test_an_export_is_believed_from_a_trust_file_of_its_ledger_alone(old: Old, tmp_path: Path) -> None:
    assert old.export.verify(old.trust, START + MINUTE) == old.export.end()
    other = Old(tmp_path / "other")
    stranger = sim_genesis(SimMember("thief", "tom"), name="sim")
    (tmp_path / "third").mkdir()
    with EmbeddedLedger.create(tmp_path / "third" / "ledger.db", stranger, sim_validator(), old.clock) as third:
        trust = trust_of(third, stranger, START)
    with pytest.raises(NotSuccessor):
        other.export.verify(trust, START + MINUTE)


def test_a_changed_export_is_refused(old: Old) -> None:
    def edited(at: int, value: object) -> LedgerExport:
        parts: Any = decode(old.raw, "export")
        parts[at] = value
        return LedgerExport.from_bytes(encode(parts))

    (chunk,) = old.export.chunks
    parts: Any = decode(chunk, "chunk")
    _, rows, leaves = parts
    for export, error in (
        (edited(3, [encode([2, rows[1:], leaves])]), RootMismatch),
        (edited(3, [encode([2, rows, leaves[:-1]])]), LeavesMissing),
        (edited(3, []), RootMismatch),
    ):
        with pytest.raises(error):
            export.end()
    header = replace(old.export.light.header, version_app=9)
    with pytest.raises(NotProven):
        replace(old.export, light=replace(old.export.light, header=header)).end()


def test_an_export_under_a_later_header_of_the_ledger_is_not_of_its_end(old: Old) -> None:
    """Else a ledger has as many successors as its operator signs headers."""
    light = old.export.light
    block = finalise(replace(light.header, height=light.header.height + 1), (), (), sim_validator())
    later = LightBlock(block.header, block.commit, light.validators)
    with pytest.raises(NotSuccessor, match="not of its end"):
        replace(old.export, light=later).end()


def test_no_engine_begins_with_another_genesis_than_the_export_proves(old: Old, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    file, end = tmp_path / "made" / "ledger.db", old.export.end()
    wrong: list[Genesis] = [
        old.plan.ended_at(replace(end, header_hash=sha256(b"a fork"))),
        old.plan.ended_at(replace(end, time=end.time + SECOND)),
        replace(old.plan, name="rival").ended_at(end),
    ]
    for genesis in wrong:
        with pytest.raises(NotSuccessor):
            EmbeddedLedger.create(file, genesis, sim_validator(), old.clock, old.export)
    with pytest.raises(Malformed, match="not at hand"):
        EmbeddedLedger.create(file, old.genesis, sim_validator(), old.clock)
    assert not file.exists()


def test_a_network_begins_with_the_export_of_an_embedded_ledger(tmp_path: Path) -> None:
    old = Old(tmp_path / "old", validators=4)
    with CometNetwork(tmp_path, old.genesis, comet_program(), export=old.export) as network:
        nodes = [network.run(at) for at in range(3)]
        end = old.export.end()
        wait_until(lambda: all(height_of(node) > end.height for node in nodes))
        (result,) = submit(nodes[0], [old.ann.anchor(LEAVES, 4)])
        assert (result.code, result.height > end.height) == ("ok", True)
        wait_until(lambda: all(height_of(node) > result.height for node in nodes))
        assert {anchors.data_chain(node, "acme").size for node in nodes} == {5}
        assert members.member(nodes[1], "acme", "bea") is not None
        with nodes[2].snapshot() as now:
            proof = now.prove([PREDECESSORS])
            verify_state(now.head.app_hash, proof.proof, dict(proof.values))
        network.stop(2)
        nodes[2] = network.run(2)
        wait_until(lambda: height_of(nodes[2]) > result.height)
    done = audit_ledger(network.folder(2))
    assert done.problems == ()
