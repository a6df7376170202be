"""anchor: extend the org's data chain; the machine extends its compact range and computes the root itself.

No anchor can change the leaves below its old size, so not even the log host and the org together can rewrite history.
"""

from __future__ import annotations

from veriwatt.errors import Malformed, Refused
from veriwatt.machine.anchors import queries, state_keys
from veriwatt.machine.events import Event
from veriwatt.machine.members import queries as members
from veriwatt.machine.refusals import RecordNotFound
from veriwatt.machine.state import State, View
from veriwatt.merkle.tree import cover
from veriwatt.model.chain.anchor import Anchor, AnchorLeaf
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import Role


class AnchorOutOfSequence(Refused):
    """An anchor whose old size differs from the anchored size of the data chain."""

    code = "anchor-out-of-sequence"

    def __init__(self, *, org: str, old_size: int, anchored: int) -> None:
        super().__init__(f"the anchor begins at {old_size}, the data chain of {org} is anchored up to {anchored}")
        self.org, self.old_size, self.anchored = org, old_size, anchored


def check_alone(tx: Transaction[Anchor]) -> None:
    body = tx.body
    if body.old_size >= body.new_size:
        raise Malformed(f"anchor: the data chain does not grow from {body.old_size} to {body.new_size}")
    wanted = sum(1 for _ in cover(body.old_size, body.new_size))
    if wanted != len(body.subtrees):
        raise Malformed(f"anchor: growth to {body.new_size} takes {wanted} subtrees, not {len(body.subtrees)}")


def check_against(tx: Transaction[Anchor], view: View) -> None:
    members.check_role(members.signer(view, tx.org, tx.member), "anchor", Role.OWNER, Role.OPERATOR)
    if queries.log_key(view, tx.org) is None:
        raise RecordNotFound("data chain of", tx.org)
    anchored = queries.data_chain(view, tx.org).size
    if tx.body.old_size != anchored:
        raise AnchorOutOfSequence(org=tx.org, old_size=tx.body.old_size, anchored=anchored)


def apply(tx: Transaction[Anchor], state: State) -> tuple[Event, ...]:
    body, block = tx.body, state.block
    chain = queries.data_chain(state, tx.org).extend_subtrees(body.new_size, body.subtrees)
    leaf = AnchorLeaf(
        tx.org, block.height, block.time, body.old_size, body.new_size, chain.root(), body.manifest, body.tips_root
    )
    state.ranges[state_keys.data_chain_key(tx.org)] = chain
    state.append(state_keys.anchors_key(tx.org), leaf.to_bytes())
    return (Event("anchored", tx.org, str(body.new_size)),)
