"""Giving up the acknowledged frames that a home lost, on the ledger: what would be given up, and doing it.

Spec: docs/spec/log-epochs.md, section 5. Every step may be repeated after a crash: until the ledger has the record
nothing is given up, and what is anchored or deleted before it would be so anyway.
"""

from __future__ import annotations

from contextlib import closing

from veriwatt.errors import BadInput, Refused
from veriwatt.loghost.giving_up import Loss
from veriwatt.node.derived_files import open_view
from veriwatt.node.home import Home
from veriwatt.readmodel.readings_tables import delete_view


class NothingMissing(Refused):
    """The data chain has every frame that it is known to have acknowledged."""

    code = "nothing-missing"

    def __init__(self, org: str) -> None:
        super().__init__(
            f"the data chain of {org} has every frame that is known to be acknowledged: there is nothing to give up. "
            "If a terminal says otherwise, start the node, so that it shows its receipt"
        )
        self.org = org


def loss_of(home: Home, org: str) -> Loss:
    """What is missing of an org's chain; `home` was opened to be filled again, and its own spools gave what they have.

    Raises:
        NothingMissing: nothing is.
        AnchoredFramesLost, LossNotSigned: it cannot be given up.
    """
    org_log = home.org_log(org)
    with closing(open_view(home.paths.readings, home.ledger.chain_id)) as view:
        org_log.require_viewed(view.size(org))
    loss = org_log.loss()
    if loss is None:
        raise NothingMissing(org)
    loss.check_can_be_given_up()
    return loss


def give_up(home: Home, org: str, frames: int, reason: str) -> Loss:
    """Give up the `frames` that are missing, and open the next log epoch; on the ledger on return.

    What the home has is anchored first. `home` is to be closed afterwards, and opened again for anything else.

    Raises:
        BadInput: another number of frames is missing.
        As `loss_of`, and as `MemberClient.submit`.
    """
    loss = loss_of(home, org)
    if frames != loss.frames:
        remedy = f"look what is missing now, and say --give-up {loss.frames} if that is to be given up"
        raise BadInput(where="--give-up", value=frames, why=f"{loss.frames} frames are missing", remedy=remedy)
    delete_view(home.paths.readings)  # it may show frames that are given up
    kept = home.org_log(org).anchor_kept()
    home.member_client(org).submit(loss.recover(kept, reason))
    return loss._replace(anchored=kept)
