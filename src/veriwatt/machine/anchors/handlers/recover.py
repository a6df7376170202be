"""recover: an owner gives up acknowledged frames that the log host lost, and opens the next log epoch.

Only what is not anchored can be given up, so that the new epoch continues the range that the state has. The numbers
are those of docs/spec/log-epochs.md, section 3.
"""

from __future__ import annotations

from veriwatt.errors import Malformed, Refused
from veriwatt.machine.anchors import queries, state_keys
from veriwatt.machine.events import Event
from veriwatt.machine.ledger_line import log_chain
from veriwatt.machine.members import queries as members
from veriwatt.machine.refusals import RecordNotFound
from veriwatt.machine.state import State, StateRows, View
from veriwatt.model.chain.checkpoint import open_note, parse_note
from veriwatt.model.chain.log_epochs import FIRST, MOST_RECOVERED, LogEpochs, LogName, Recover, Recovered
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.model.members.organisation import Role


class RecoverOutOfSequence(Refused):
    """A record for another epoch than the next one, or that keeps other frames than those that are anchored."""

    code = "recover-out-of-sequence"

    def __init__(self, *, org: str, epoch: int, kept: int, anchored: int) -> None:
        super().__init__(
            f"the log of {org} has {anchored} anchored frames, and its next epoch is {epoch}: exactly the anchored "
            f"frames are kept, not {kept}"
        )
        self.org, self.epoch, self.kept, self.anchored = org, epoch, kept, anchored


class TooManyLogEpochs(Refused):
    """An org gave up frames as often as it may."""

    code = "too-many-log-epochs"

    def __init__(self, org: str) -> None:
        super().__init__(f"{org} gave up acknowledged frames {MOST_RECOVERED} times, which is the most there may be")
        self.org = org


class NothingLost(Refused):
    """The checkpoint has no frames but those that are kept."""

    code = "nothing-lost"

    def __init__(self, *, org: str, kept: int, acknowledged: int) -> None:
        super().__init__(f"{acknowledged} frames of {org} were acknowledged, and {kept} are kept: none is lost")
        self.org, self.kept, self.acknowledged = org, kept, acknowledged


def check_alone(tx: Transaction[Recover]) -> None:
    body = tx.body
    if not body.reason.strip():  # 1
        raise Malformed("recover: it has no reason")
    if body.epoch <= FIRST:
        raise Malformed("recover: the first epoch needs no record")


def check_against(tx: Transaction[Recover], view: View) -> None:
    body, log = tx.body, _before(tx, view)
    parse_note(body.lost, log.origin)  # 1
    members.check_role(members.signer(view, tx.org, tx.member), "give up acknowledged frames", Role.OWNER)  # 2
    key = queries.log_key(view, tx.org)
    if key is None:
        raise RecordNotFound("data chain of", tx.org)
    epochs, anchored = queries.log_epochs(view, tx.org), queries.data_chain(view, tx.org).size
    if body.epoch != epochs.present + 1 or body.kept != anchored:  # 3
        raise RecoverOutOfSequence(org=tx.org, epoch=epochs.present + 1, kept=body.kept, anchored=anchored)
    if len(epochs.recovered) >= MOST_RECOVERED:  # 4
        raise TooManyLogEpochs(tx.org)
    lost = open_note(body.lost, log.origin, key)  # 5
    if lost.size <= body.kept:  # 6
        raise NothingLost(org=tx.org, kept=body.kept, acknowledged=lost.size)


def apply(tx: Transaction[Recover], state: State) -> tuple[Event, ...]:
    body, block = tx.body, state.block
    lost, _ = parse_note(body.lost, _before(tx, state).origin)
    record = Recovered(block.height, block.time, body.kept, lost.size, lost.root, tx.member)
    before = queries.log_epochs(state, tx.org).recovered
    state.put(state_keys.log_epochs_key(tx.org), LogEpochs((*before, record)).to_bytes())  # 7
    return (Event("log-epoch", tx.org, str(body.epoch)),)


def _before(tx: Transaction[Recover], rows: StateRows) -> LogName:
    """The log in the epoch that ends."""
    return LogName(log_chain(rows, tx.chain), tx.org, tx.body.epoch - 1)
