"""The witnesses that a node serves over HTTP, each for another org's ledger: C2SP tlog-witness, `add-checkpoint`.

The statuses are those of docs/spec/witness.md, "Over HTTP". Rules, state and key are those of the file drop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from veriwatt.errors import BadInput, Malformed, NotProven, Refused, Unavailable, Unsettled, VeriwattError
from veriwatt.home.witness_home import WitnessHome
from veriwatt.model.ledger.add_checkpoint import SIZE_TYPE, AddCheckpoint
from veriwatt.ports.clock import Clock
from veriwatt.system.resource_stack import ResourceStack
from veriwatt.verify.block_refusals import NotEnoughTrust, TrustExpired, WrongBlock
from veriwatt.verify.steps import require_equal
from veriwatt.verify.witness import ForkProven, WitnessClockBehind, final_checkpoint

_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class DoorAnswer:
    """The answer to a request; of 200 the line of the cosignature, of 409 the size that was cosigned last."""

    status: int
    body: str
    media: str = _TEXT


class WitnessDoor(ResourceStack):
    """The witnesses at these homes, which this process locks until `close`. Callable from many threads."""

    def __init__(self, homes: Sequence[Path], clock: Clock | None = None) -> None:
        """Open the homes.

        Raises:
            BadInput: two of them are witnesses of one ledger.
            NotFound, WrongFormat, HomeLocked, WitnessStateLost: as `WitnessHome`.
        """
        super().__init__()
        self._lock, self._by_chain, self._clock = Lock(), dict[str, WitnessHome](), clock
        try:
            for root in homes:
                self._open(root)
        except BaseException:
            self.close()
            raise

    def _open(self, root: Path) -> None:
        home = self._stack.enter_context(WitnessHome(root, self._clock))
        chain = home.store.state.trust.chain_id
        if chain in self._by_chain:
            why, remedy = f"is a second witness of {chain}", "let each ledger have one here"
            raise BadInput(where="node.toml: witness_homes", value=str(root), why=why, remedy=remedy)
        self._by_chain[chain] = home

    def add_checkpoint(self, raw: bytes) -> DoorAnswer:
        """Cosign a checkpoint, or say why not; what a cosignature says is durable before it is given out."""
        try:
            asked = AddCheckpoint.from_bytes(raw)
        except Malformed as error:
            return _refused(400, error)
        home = self._by_chain.get(asked.checkpoint.chain)
        if home is None:
            return DoorAnswer(404, "there is no witness of this ledger here\n")
        with self._lock:
            return _answer(home, asked)


def _answer(home: WitnessHome, asked: AddCheckpoint) -> DoorAnswer:
    state, now = home.store.state, home.clock.now()
    size = 0 if state.cosigned is None else state.cosigned.root_log.size
    try:
        request = asked.request(state.trust.genesis_hash)
        shown = final_checkpoint(request.head, state.trust, now)
        require_equal("checkpoint in the note", str(shown.root_log), str(asked.checkpoint))
    except (Malformed, NotProven, Refused) as error:
        return _refused(403, error)
    if asked.old != size:
        return DoorAnswer(409, f"{size}\n", SIZE_TYPE)
    try:
        cosignature = home.store.cosign_parsed(request, now)
    except ForkProven as fork:
        return DoorAnswer(409, f"{size}\n", SIZE_TYPE) if shown.root_log.size == size else _refused(422, fork)
    except (WitnessClockBehind, Unavailable, Unsettled) as error:
        return _refused(503, error)
    except (Refused, TrustExpired, NotEnoughTrust, WrongBlock) as error:
        return _refused(403, error)
    except (Malformed, NotProven) as error:
        return _refused(422, error)
    return DoorAnswer(200, cosignature.line(home.store.witness))


def _refused(status: int, error: VeriwattError) -> DoorAnswer:
    return DoorAnswer(status, f"{error.code}: {error}\n")
