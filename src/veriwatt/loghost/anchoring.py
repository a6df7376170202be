"""Anchoring: the ledger commits a data chain's new size and root.

Store first, anchor second, index last. Every step may be repeated: after a crash, or when a result was lost, the same
call reads which anchors the ledger has, and continues after them.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile

from veriwatt.errors import Refused, Unsettled
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.loghost.data_chain import DataChain
from veriwatt.machine.members.queries import check_not_suspended
from veriwatt.model.chain.anchor import Anchor, AnchorLeaf
from veriwatt.ports.ledger import Ledger, Result

SubmitAnchor = Callable[[Anchor], Result]
"""Signs the body as the org's member, submits it and waits for its result."""


class AnchorRefused(Refused):
    """The ledger refused an anchor."""

    code = "anchor-refused"

    def __init__(self, org: str, result: Result) -> None:
        super().__init__(f"the ledger refused the anchor of {org}: {result.text}")
        self.org, self.result = org, result


def anchor_chain(chain: DataChain, ledger: Ledger, submit: SubmitAnchor) -> AnchorLeaf | None:
    """Anchor the accepted frames that are ready, in order; None when no anchor was made. Final on return.

    A frame is ready once the next header's time is sure to have reached its window end and its collection time,
    because evidence refuses a frame that states a time after its anchor; the frames after one that is not ready wait
    with it, at most for as long as a clock may run ahead.

    An anchor of an earlier call whose result came too late may be executed first: it covers fewer frames and
    makes the ledger refuse the next one, so anchoring goes on until every frame that is ready is covered.

    Raises:
        AnchorRefused: the ledger refused the anchor and has no other.
        OrgSuspended: the org is suspended; nothing was submitted, as each refusal would be a block.
        Unsettled: the result was lost; the next call finds out.
        ChainForked: the ledger has an anchor of other frames.
    """
    _take_anchors(chain, ledger)
    if chain.anchored_size < chain.size and not chain.is_ready(ledger.next_time()):
        ledger.renew_next_time()
    newest = None
    while (anchor := chain.prepare_anchor(ledger.next_time())) is not None:
        check_not_suspended(ledger, chain.org)
        newest = _submit_one(chain, ledger, anchor, submit)
    return newest


def follow_anchors(chain: DataChain, ledger: Ledger) -> None:
    """Record the anchors of frames that the chain has again, after a loss; later anchors wait for theirs.

    Raises:
        ChainForked: the ledger has an anchor of other frames.
    """
    if chain.anchored_size < chain.size:
        with ledger.snapshot() as now:
            anchors = AnchorLog(now, chain.org)
            leaves = list(takewhile(lambda leaf: leaf.new_size <= chain.size, anchors.after(chain.anchors)))
        chain.anchored(leaves)


def _submit_one(chain: DataChain, ledger: Ledger, anchor: Anchor, submit: SubmitAnchor) -> AnchorLeaf:
    """Submit the anchor; returns the newest anchor that the ledger then has beyond the chain's."""
    try:
        result = submit(anchor)
    except Unsettled as lost:
        newest = _take_anchors(chain, ledger)
        if newest is None:
            raise Unsettled(f"the result of the anchor of {chain.org} was lost; call again") from lost
        return newest
    newest = _take_anchors(chain, ledger)
    if newest is None:
        raise AnchorRefused(chain.org, result)
    return newest


def _take_anchors(chain: DataChain, ledger: Ledger) -> AnchorLeaf | None:
    """Record in the chain the anchors on the ledger that it does not know yet; returns the newest of them."""
    with ledger.snapshot() as now:
        leaves = list(AnchorLog(now, chain.org).after(chain.anchors))
    chain.anchored(leaves)
    return leaves[-1] if leaves else None
