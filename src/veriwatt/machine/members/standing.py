"""What a suspended org may still sign: what protects its own keys and terminals, and binds nobody else."""

from __future__ import annotations

from veriwatt.machine.members import queries
from veriwatt.machine.state import StateRows
from veriwatt.model.ledger.transaction import Body, Transaction
from veriwatt.model.members.organisation import AddMember, RekeyMember, RemoveMember
from veriwatt.model.terminals.revocation import AnswerReport, Revoke

WHILE_SUSPENDED = tuple(body.kind for body in (AddMember, RemoveMember, RekeyMember, Revoke, AnswerReport))
"""The kinds that are judged by their own rules alone; `check_binds_others` refuses a revocation of another org's."""


def check_standing(rows: StateRows, tx: Transaction[Body]) -> None:
    """Raise OrgSuspended if the signer's org is suspended, unless it may sign this kind all the same."""
    if tx.kind not in WHILE_SUSPENDED:
        queries.check_not_suspended(rows, tx.org)
