"""The registry of transaction kinds: each kind with its body and its rules.

A new kind needs a body record in `model/` with the kind's name and wire format, a handler in `<component>/handlers/`
with its rules, and one line here. See docs/adr/0023-one-registry-of-kinds.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeAlias

from veriwatt.machine.anchors.handlers import anchor, log, recover
from veriwatt.machine.events import Event
from veriwatt.machine.governance.handlers import propose, vote
from veriwatt.machine.members.handlers import member, node, org, rekey, remove, role
from veriwatt.machine.state import State, View
from veriwatt.machine.terminals.handlers import (
    answer,
    certify,
    confirm,
    enrol,
    equivocation,
    exchange,
    points,
    revoke,
    void,
)
from veriwatt.model.chain.anchor import Anchor, OpenLog
from veriwatt.model.chain.log_epochs import Recover
from veriwatt.model.governance.proposal import CastVote, Propose
from veriwatt.model.ledger.transaction import Body, Transaction, parse_transaction
from veriwatt.model.members.node_record import RegisterNode
from veriwatt.model.members.org_role import GrantRole
from veriwatt.model.members.organisation import AddMember, AddOrg, RekeyMember, RemoveMember
from veriwatt.model.points.group import DefinePoints
from veriwatt.model.points.register_record import ConfirmStep, RecordExchange
from veriwatt.model.terminals.contradiction import ReportEquivocation, VoidNumber
from veriwatt.model.terminals.enrolment import Certify, Enrol
from veriwatt.model.terminals.revocation import AnswerReport, Revoke


class Handler(Protocol):
    """The rules of one kind; each handler is a module. A check refuses a transaction by raising an expected error."""

    def check_alone(self, tx: Transaction[Any]) -> None:
        """Check the rules that need no state."""
        ...

    def check_against(self, tx: Transaction[Any], view: View) -> None:
        """Check the rules that need the state after all earlier transactions of the block."""
        ...

    def apply(self, tx: Transaction[Any], state: State) -> tuple[Event, ...]:
        """Write the changes; all checks have passed, so an error here is a bug and stops the block."""
        ...


class TransactionKind(NamedTuple):
    """One kind: the record of its body, and its rules."""

    body: type[Body]
    handler: Handler


Kinds: TypeAlias = Mapping[str, TransactionKind]


def kinds_of(*kinds: tuple[type[Body], Handler]) -> Kinds:
    """The kinds by the names that their bodies state; raises ValueError for a duplicate name."""
    by_name = {body.kind: TransactionKind(body, handler) for body, handler in kinds}
    if len(by_name) != len(kinds):
        raise ValueError("two kinds of transaction have one name")
    return MappingProxyType(by_name)


KINDS = kinds_of(
    (AddOrg, org),
    (AddMember, member),
    (RemoveMember, remove),
    (RekeyMember, rekey),
    (GrantRole, role),
    (RegisterNode, node),
    (OpenLog, log),
    (Enrol, enrol),
    (Certify, certify),
    (Revoke, revoke),
    (AnswerReport, answer),
    (ReportEquivocation, equivocation),
    (VoidNumber, void),
    (DefinePoints, points),
    (RecordExchange, exchange),
    (ConfirmStep, confirm),
    (Anchor, anchor),
    (Recover, recover),
    (Propose, propose),
    (CastVote, vote),
)


def parse(raw: bytes, kinds: Kinds = KINDS) -> Transaction[Body]:
    """Parse a transaction; its signature is not yet verified.

    Raises:
        Malformed: `raw` is not the canonical encoding of a transaction of one of `kinds`.
    """
    return parse_transaction(raw, kinds)
