"""Every record that begins with the number of its format is refused by that number when it is another one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from veriwatt.encoding import Fields, Shape, Value, encode
from veriwatt.errors import Malformed, WrongFormat
from veriwatt.ledger.embedded.block import StoredBlock
from veriwatt.machine.idempotency import FirstResult
from veriwatt.machine.rules import Rules
from veriwatt.model.chain.anchor import AnchorLeaf, RootLogLeaf
from veriwatt.model.chain.manifest import Manifest
from veriwatt.model.frames.header import parse_header
from veriwatt.model.governance.org_decisions import Suspension
from veriwatt.model.governance.parameters import Parameters
from veriwatt.model.governance.proposal import Agenda, Proposal
from veriwatt.model.governance.rule_decisions import FactorsRecord, Upgrade, parse_validators
from veriwatt.model.keys.key_store import MAGIC, KeyStore
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.root_log import RootLogHeadProof
from veriwatt.model.members.organisation import Member, Organisation
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.point_record import PointRecord
from veriwatt.model.terminals.passport import Passport
from veriwatt.verify.claims.kinds import parse_evidence

READERS: dict[str, Callable[[bytes], object]] = {
    "agenda": Agenda.from_bytes,
    "anchor leaf": AnchorLeaf.from_bytes,
    "chain record": Rules.from_bytes,
    "evidence": parse_evidence,
    "factors record": FactorsRecord.from_bytes,
    "frame header": parse_header,
    "genesis": Genesis.from_bytes,
    "group version": GroupVersion.from_bytes,
    "light block": LightBlock.from_bytes,
    "manifest": Manifest.from_bytes,
    "member record": Member.from_bytes,
    "once record": FirstResult.from_bytes,
    "org record": Organisation.from_bytes,
    "parameters record": Parameters.from_bytes,
    "passport": Passport.from_bytes,
    "point definition": PointDefinition.from_bytes,
    "point record": PointRecord.from_bytes,
    "proposal": Proposal.from_bytes,
    "root log head": RootLogHeadProof.from_bytes,
    "root log leaf": RootLogLeaf.from_bytes,
    "stored block": StoredBlock.from_bytes,
    "suspension record": Suspension.from_bytes,
    "upgrade record": Upgrade.from_bytes,
    "validators record": parse_validators,
}


@pytest.mark.parametrize("what", READERS)
@pytest.mark.parametrize(("found", "rest"), [(0, []), (1, ["a field of format 1"]), (7, [7] * 11)], ids=str)
def test_a_record_of_another_format_is_refused_by_name(what: str, found: int, rest: list[Value]) -> None:
    with pytest.raises(WrongFormat, match=f"{what} is of format {found}, this program reads format 2; use a"):
        READERS[what](encode([found, *rest]))


@pytest.mark.parametrize("what", READERS)
@pytest.mark.parametrize("record", [[], [2], ["2"], [True], 2, {}], ids=str)
def test_a_record_of_this_format_with_other_fields_is_malformed(what: str, record: Value) -> None:
    with pytest.raises(Malformed) as refused:
        READERS[what](encode(record))
    assert not isinstance(refused.value, WrongFormat)


def test_a_key_store_of_another_format_is_refused_by_name() -> None:
    with pytest.raises(WrongFormat, match="the key store is of format 1"):
        KeyStore.open(encode([MAGIC, 1, "a field more", 1, 2, 3]), None)
    with pytest.raises(Malformed, match="not a key store"):
        KeyStore.open(encode(["another/thing", 2, "owner", [0], b""]), None)


def test_an_unversioned_record_may_begin_with_any_number() -> None:
    assert Shape("pair", left=int, right=int).check([7, 8]) == [7, 8]
    assert Fields([7], "single", 1).uint("number") == 7
