"""Anchoring: the ledger commits a data chain's new size and root.

Store first, anchor second, index last. Every step may be repeated: after a crash, or when the
ledger's answer was lost, the same call finds out what the ledger holds and goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable

from veriwatt.errors import Refused, Unsettled
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.loghost.data_chain import DataChain
from veriwatt.model.chain.anchor import Anchor, AnchorLeaf
from veriwatt.ports.ledger import Result

Submit = Callable[[Anchor], Result]
"""Signs the body as the org's member and submits it."""


class AnchorRefused(Refused):
    """The ledger did not take an anchor."""

    code = "anchor-refused"

    def __init__(self, org: str, result: Result) -> None:
        super().__init__(f"the ledger refused the anchor of {org}: {result.text}")
        self.org, self.result = org, result


def anchor_chain(chain: DataChain, anchors: AnchorLog, submit: Submit) -> AnchorLeaf | None:
    """Anchor everything accepted so far; None when all of it is anchored already. Final on return.

    `anchors` are those of the chain's org.

    Raises:
        AnchorRefused: the ledger said no.
        Unsettled: the ledger's answer was lost; the next call finds out.
        ChainForked: the ledger holds an anchor of other frames.
    """
    _follow(chain, anchors)
    anchor = chain.prepare_anchor()
    if anchor is None:
        return None
    try:
        result = submit(anchor)
    except Unsettled as lost:
        newest = _follow(chain, anchors)
        if newest is None:
            raise Unsettled(f"the ledger's answer to the anchor of {chain.org} was lost; call again") from lost
        return newest
    newest = _follow(chain, anchors)
    if newest is None:
        raise AnchorRefused(chain.org, result)
    return newest


def _follow(chain: DataChain, anchors: AnchorLog) -> AnchorLeaf | None:
    """Take the anchors that the chain does not know of into it; the newest of them, None when there is none."""
    leaves = list(anchors.after(chain.anchors))
    chain.anchored(leaves)
    return leaves[-1] if leaves else None
