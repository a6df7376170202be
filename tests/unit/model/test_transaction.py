"""Whatever bytes arrive, a transaction is parsed in its one spelling or refused as malformed."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from veriwatt.crypto.signing import Protection, verify_signature
from veriwatt.encoding import encode, parse_sign1, protected_header
from veriwatt.errors import BadSignature, Malformed
from veriwatt.ids import Digest, FrameId, ObjectId
from veriwatt.machine.transaction_kinds import KINDS, parse
from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.chain.anchor import Anchor, AnchorLeaf, OpenLog, RootLogLeaf
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.governance.decision import Decision
from veriwatt.model.governance.org_decisions import Admit, GrantOrgRole, Reinstate, RevokeOrgRole, Suspend, Suspension
from veriwatt.model.governance.parameters import CONSORTIUM, Parameters
from veriwatt.model.governance.proposal import (
    Agenda,
    CastVote,
    OpenProposal,
    OrgVote,
    Outcome,
    Proposal,
    Propose,
    Result,
)
from veriwatt.model.governance.rule_decisions import (
    ChangeParameters,
    ChangeValidators,
    CloseLedger,
    FactorsRecord,
    RegisterFactors,
    ScheduleUpgrade,
    Upgrade,
    ValidatorPower,
)
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.predecessor import Closing
from veriwatt.model.ledger.transaction import Body, sign_transaction
from veriwatt.model.members.org_role import Authority, Basis, GrantRole, OrgRole, RoleVote
from veriwatt.model.members.organisation import AddMember, AddOrg, Member, Organisation, Role
from veriwatt.model.points.group import DefinePoints, GroupVersion
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point_record import PointRecord, PointSeries
from veriwatt.model.terminals.certification import Certification
from veriwatt.model.terminals.contradiction import ReportEquivocation, SignedHeader, VoidNumber
from veriwatt.model.terminals.enrolment import Certify, Enrol, enrol
from veriwatt.model.terminals.passport import KeyPeriod, Passport
from veriwatt.model.terminals.revocation import AnswerReport, Reason, Report, ReportAnswer, Retirement, Revoke
from veriwatt.testing.actors import START, SimMember, sim_genesis, sim_key, sim_point
from veriwatt.testing.edits import replace

ANN = SimMember("acme", "ann")
GENESIS = sim_genesis(ANN)
KEY = sim_key("x")
DIGEST, FRAME, OBJECT = Digest(bytes([1]) * 32), FrameId(bytes([2]) * 32), ObjectId(bytes([3]) * 32)
DECISIONS: tuple[Decision, ...] = (
    Admit("bolt", "Bolt", ANN.new, with_vote=True),
    Suspend("bolt"),
    Reinstate("bolt"),
    GrantOrgRole("bolt", Role.METROLOGY),
    RevokeOrgRole("bolt", Role.REGULATOR),
    RegisterFactors(DIGEST, "a table", in_force=False),
    ChangeValidators((ValidatorPower(KEY.public, 0),)),
    ChangeParameters(CONSORTIUM),
    ScheduleUpgrade(7, 3),
    CloseLedger(DIGEST),
)
BODY_OF_EACH_KIND: list[Body] = [
    AddOrg("bolt", "Bolt 博尔特", ANN.new),
    AddMember(replace(ANN.new, role=Role.READER)),
    GrantRole("metro", Role.REGULATOR),
    OpenLog(KEY.public),
    enrol(KEY, ANN.chain, "acme", "t1", "m", "f"),
    Certify("acme", "t1", 0, 2**40),
    Revoke("acme", "t1", Reason.RETIRED),
    Revoke("acme", "t1", Reason.RETIRED, last=FrameRef("t1", FrameNumber(0, 0), FRAME)),
    Revoke("acme", "t1", Reason.COMPROMISED, since=0),
    AnswerReport("t1", "a false alarm"),
    ReportEquivocation("acme", "t1", SignedHeader(b"p", b"h", b"s"), SignedHeader(b"p", b"i", b"t")),
    VoidNumber("t1", SignedHeader(b"p", b"h", b"s"), "refused"),
    DefinePoints("g", KeyWindow.YEAR, -1, zone_calendar("+08:00", 0), (sim_point("a"), sim_point("b/c"))),
    Anchor(1, 3, (DIGEST, DIGEST), OBJECT, DIGEST),
    *(Propose(decision, "as agreed 如议") for decision in DECISIONS),
    CastVote(7, DIGEST, yes=False),
]
RECORDS: list[tuple[type, object]] = [
    (Organisation, Organisation("acme", "Acme", None, 0, 0)),
    (Organisation, Organisation("bolt", "Bolt", "acme", 1, START)),
    (Organisation, Organisation("bolt", "Bolt", ("acme", "city"), 1, START, with_vote=True)),
    *((Proposal, Proposal(at, "acme", "ann", each, "why", 1, START, 9)) for at, each in enumerate(DECISIONS)),
    (
        Proposal,
        Proposal(
            *(7, "acme", "ann", DECISIONS[1], "why", 1, START, START + 9),
            (OrgVote("acme", "ann", yes=True, time=START), OrgVote("city", "cora", yes=False, time=START)),
            Outcome(Result.FAILED, 2, START, "record-exists"),
        ),
    ),
    (Agenda, Agenda(7, (OpenProposal(7, "acme", START),))),
    (Suspension, Suspension("acme", 7, 1, START)),
    (FactorsRecord, FactorsRecord(DIGEST, "a table", in_force=True, proposal=7, height=1, time=START)),
    (Upgrade, Upgrade(9, 3, 7)),
    (Closing, Closing(DIGEST, 7, 9, START)),
    (Parameters, CONSORTIUM),
    (Member, Member("acme", "ann", Role.OWNER, KEY.public, 3, START)),
    (OrgRole, OrgRole("metro", Role.METROLOGY, (RoleVote("acme", "ann", START),), None, Basis.INDEPENDENT_MAJORITY)),
    (OrgRole, OrgRole("metro", Role.METROLOGY, (RoleVote("acme", "ann", START),), START, Basis.SINGLE_FOUNDER)),
    (Passport, Passport(1, "acme", "t1", (KeyPeriod(KEY.public, Protection.TPM, START),), "m", "f")),
    (
        Passport,
        Passport(
            3,
            "acme",
            "t1",
            (KeyPeriod(KEY.public, Protection.FILE, START),),
            "m",
            "f",
            (
                Certification("city", "mia", 1, 2, START, Authority("acme", ("acme",), Basis.SINGLE_FOUNDER)),
                Certification("city", "mia", 1, 2, START, Authority(("a", "b"), ("c",), Basis.INDEPENDENT_MAJORITY)),
            ),
            Retirement("acme", "ann", 7, START, FrameRef("t1", FrameNumber(1, 2), FRAME)),
            Report("city", "mia", 5, 7, START, ReportAnswer("ann", START, "a false alarm")),
            2,
        ),
    ),
    (
        GroupVersion,
        GroupVersion(2, "g", KeyWindow.MONTH, "+08:00", 6, zone_calendar("+08:00", 6), -5, 3, DIGEST, START, -5),
    ),
    (PointRecord, PointRecord((PointSeries("g", 2, DIGEST, -5, 9, START), PointSeries("h", 3, DIGEST, 9, None, 0)))),
    (AnchorLeaf, AnchorLeaf("acme", 4, START, 0, 9, DIGEST, OBJECT, DIGEST)),
    (RootLogLeaf, RootLogLeaf(4, START, DIGEST)),
    (Genesis, GENESIS),
    (Genesis, replace(GENESIS, parameters=Parameters())),
    (Genesis, replace(GENESIS, parameters=CONSORTIUM)),
]


@pytest.mark.parametrize("body", BODY_OF_EACH_KIND, ids=lambda body: body.kind)
def test_every_body_round_trips(body: Body) -> None:
    tx = parse(ANN.sign(body, expiry=7))
    assert (tx.body, tx.kind, tx.org, tx.member, tx.expiry) == (body, body.kind, "acme", "ann", 7)
    verify_signature(ANN.key.public, tx.signed, tx.signature, "it")


@pytest.mark.parametrize(("kind", "record"), RECORDS, ids=lambda value: type(value).__name__)
def test_every_record_has_one_encoding(kind: type, record: object) -> None:
    raw = record.to_bytes()  # type: ignore[attr-defined]
    assert kind.from_bytes(raw) == record  # type: ignore[attr-defined]
    with pytest.raises(Malformed):
        kind.from_bytes(raw + b"\x00")  # type: ignore[attr-defined]


@given(at=st.integers(0, 10**6), bit=st.integers(0, 7), which=st.sampled_from(BODY_OF_EACH_KIND))
def test_a_flipped_bit_is_malformed_or_breaks_the_signature(at: int, bit: int, which: Body) -> None:
    raw = bytearray(ANN.sign(which))
    raw[at % len(raw)] ^= 1 << bit
    with pytest.raises((Malformed, BadSignature)):
        tx = parse(bytes(raw))
        if tx.key_id != ANN.key.public.key_id:
            raise BadSignature("a transaction of another key")
        verify_signature(ANN.key.public, tx.signed, tx.signature, "it")


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**64), 2**64), st.binary(max_size=40), st.text(max_size=9)),
    lambda inner: st.lists(inner, max_size=7),
    max_leaves=20,
)


@given(kind=st.sampled_from(sorted(KINDS)), body=VALUES)
def test_a_body_of_any_other_shape_is_malformed(kind: str, body: object) -> None:
    raw = sign_transaction(ANN.key, ANN.chain, "acme", "ann", bytes(16), 1, any_body(kind, body))
    try:
        parse(raw)
    except Malformed:
        return
    assert encode(parse(raw).body.fields()) == encode(body)  # type: ignore[arg-type]


def any_body(kind: str, value: Any) -> Body:
    """A body of that kind and of any form, which the kind's own record would not encode."""
    fields = {"kind": kind, "fields": lambda _: value, "parse": classmethod(lambda _, decoded: decoded)}
    made: Body = type("AnyBody", (), fields)()
    return made


@given(st.binary(max_size=200))
def test_random_bytes_are_malformed(raw: bytes) -> None:
    for from_bytes in (parse, *(kind.from_bytes for kind, _ in RECORDS)):  # type: ignore[attr-defined]
        with pytest.raises(Malformed):
            from_bytes(raw)


def test_a_signature_of_another_content_type_is_no_transaction() -> None:
    one = parse_sign1(ANN.sign(OpenLog(KEY.public)), "transaction")
    for algorithm, content_type in ((-8, "veriwatt/frame"), (-7, "veriwatt/transaction")):
        other = replace(one, protected=protected_header(algorithm, content_type, bytes(32)))
        with pytest.raises(Malformed):
            parse(other.to_bytes())


@pytest.mark.parametrize("length", [0, 15, 17])
def test_a_client_id_has_sixteen_bytes(length: int) -> None:
    with pytest.raises(Malformed):
        parse(ANN.sign(OpenLog(KEY.public), client_id=bytes(length)))


def test_the_digest_does_not_depend_on_the_signature() -> None:
    one = parse_sign1(ANN.sign(OpenLog(KEY.public)), "transaction")
    other = replace(one, signature=bytes(64))
    assert parse(one.to_bytes()).digest == parse(other.to_bytes()).digest


def test_a_group_has_points_each_once_in_one_timezone() -> None:
    for points in ((), (sim_point("a"), sim_point("a")), (sim_point("a"), sim_point("b", zone="UTC"))):
        with pytest.raises(Malformed):
            DefinePoints("g", KeyWindow.DAY, 0, zone_calendar("+08:00", 0), points)


def test_an_enrolment_binds_chain_org_name_and_key() -> None:
    made = {
        enrol(key, chain, org, name, "m", "f").proof
        for key, chain, org, name in [
            (KEY, "c", "o", "n"),
            (sim_key("y"), "c", "o", "n"),
            (KEY, "d", "o", "n"),
            (KEY, "c", "p", "n"),
            (KEY, "c", "o", "m"),
        ]
    }
    assert len(made) == 5
    assert isinstance(BODY_OF_EACH_KIND[4], Enrol)
