"""The rules of a witness: which growth of a root log it cosigns, and what proves a fork.

The rules have the numbers of docs/spec/witness.md. Nothing here reads a clock or a file: a state and a request give
a new state and the cosignature, or the refusal. The caller makes the new state durable before it gives the
cosignature out (rule 8).

 1. canonical form      the request parses (`WitnessRequest.from_bytes`)
 2. one ledger          the head is of the trust file's chain
 3. final block         its own validators made the block final; the range and the newest leaf are under it
 4. trusted validators  the block has the trusted block's validators, or follows from it
 5. own memory          the request shows no newer cosignature of this witness
 6. growth              the log continues the one that was cosigned last, or there is a fork
 7. no step back        the block is the trusted one or follows from it; the clock is not before the last cosignature
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from veriwatt.crypto.signing import Signer
from veriwatt.encoding import decode
from veriwatt.errors import BadSignature, Malformed, Refused
from veriwatt.ids import Digest
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.tree import leaf_hash, verify_consistency, verify_inclusion
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import header_hash
from veriwatt.model.ledger.cosignature import Cosignature, RootCheckpoint, WitnessKey, cosign, cosignature_in
from veriwatt.model.ledger.root_log import RootLogHeadProof
from veriwatt.model.ledger.witness_request import ForkProof, Growth, WitnessRequest
from veriwatt.units import SECOND, UtcMillis
from veriwatt.utc_text import utc_text
from veriwatt.verify.frame_refusals import WrongLedger
from veriwatt.verify.refusals import OlderThanTrusted
from veriwatt.verify.root_log_head import advance_trust, verify_newest_leaf
from veriwatt.verify.verdict import decide_trust


class ForkProven(Refused):
    """The ledger's validators signed two histories: of two final blocks, neither root log continues the other."""

    code = "fork-proven"

    def __init__(self, *, chain: str, first: str, second: str) -> None:
        super().__init__(
            f"ledger {chain} has two histories, both signed by its validators: {first}; and {second}. One of them is "
            "false; keep the proof, and show it"
        )
        self.chain, self.first, self.second = chain, first, second


class CheckpointBehind(Refused):
    """The root log is smaller than the one that the witness cosigned."""

    code = "checkpoint-behind"

    def __init__(self, *, shown: str, cosigned: str) -> None:
        super().__init__(
            f"the request shows {shown}; this witness cosigned {cosigned}. Either the request is old, or the ledger "
            "lost blocks"
        )
        self.shown, self.cosigned = shown, cosigned


class GrowthNotShown(Refused):
    """The request has no path from the size that the witness cosigned last."""

    code = "growth-not-shown"

    def __init__(self, *, size: int) -> None:
        super().__init__(
            f"the request does not show the growth from {size} leaves, which this witness cosigned last; make it anew "
            f"with `veriwatt ledger checkpoint --since {size}`"
        )
        self.size = size


class WitnessPutBack(Refused):
    """The witness signed more than its state knows: it was restored from a copy, and may sign nothing any more."""

    code = "witness-put-back"

    def __init__(self, *, signed: str, known: str) -> None:
        super().__init__(
            f"this witness cosigned {signed}, and its state knows {known}: it was put back to an earlier day, and "
            "could sign a second history. Make a new witness, with a new key"
        )
        self.signed, self.known = signed, known


class WitnessClockBehind(Refused):
    """The witness's clock is before its last cosignature."""

    code = "witness-clock-behind"

    def __init__(self, *, now: UtcMillis, last: UtcMillis) -> None:
        at, before = utc_text(now), utc_text(last)
        super().__init__(f"the clock of this witness says {at}; it last cosigned at {before}. Set the clock")
        self.now, self.last = at, before


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a final block says of the root log: the log after the block before, and the root of that state.

    `block` is its hash, `before` that of the block before; None at the first.
    """

    height: int
    block: Digest
    before: bytes | None
    root_log: RootCheckpoint
    app_hash: Digest

    def __str__(self) -> str:
        return f"block {self.height} ({self.block}) with {self.root_log}, app hash {self.app_hash}"


@dataclass(frozen=True, slots=True)
class WitnessState:
    """All that a witness remembers of one ledger.

    `head` is the one that it cosigned last, at `seconds` POSIX time; None and 0 before the first. `trust` is the
    trust file, advanced to the block of that head.
    """

    trust: Trust
    head: RootLogHeadProof | None = None
    seconds: int = 0

    @property
    def cosigned(self) -> Checkpoint | None:
        """The checkpoint of `head`."""
        return None if self.head is None else checkpoint_of(self.head)


def cosign_request(
    state: WitnessState, request: WitnessRequest, witness: WitnessKey, signer: Signer, now: UtcMillis
) -> tuple[WitnessState, Cosignature]:
    """The state to make durable, and then the cosignature to give out.

    Args:
        witness: the name and public key of `signer`.
        now: the witness's clock.

    Raises:
        ForkProven: `fork_proof` makes the proof of it.
        Refused: a rule forbids it; the state stays as it is.
        NotProven, Malformed: the request proves nothing.
    """
    checkpoint = final_checkpoint(request.head, state.trust, now)
    _check_memory(state, request.growths, witness)
    cosigned = state.cosigned
    if cosigned is not None:
        _check_growth(cosigned, checkpoint, request.growths)
    _check_no_step_back(state, request.head, now)
    seconds = now // SECOND
    after = replace(state, trust=advance_trust(state.trust, request.head), head=request.head, seconds=seconds)
    return after, cosign(checkpoint.root_log, witness.name, signer, seconds)


def fork_proof(state: WitnessState, request: WitnessRequest) -> ForkProof:
    """The proof, after `cosign_request` raised ForkProven."""
    if state.head is None:
        raise RuntimeError("a witness that cosigned nothing has seen no fork")
    return ForkProof(state.head, request)


def verify_fork(proof: ForkProof, trust: Trust, now: UtcMillis) -> ForkProven:
    """What the proof shows of the trust file's ledger.

    Raises:
        Malformed: the two histories are one, or one may yet continue the other.
        NotProven, Refused: a block is not of this ledger's validators.
    """
    first, second = (final_checkpoint(head, trust, now) for head in (proof.head, proof.request.head))
    try:
        _check_growth(first, second, proof.request.growths)
    except ForkProven as fork:
        return fork
    except Refused as refused:
        raise Malformed(f"it proves no fork: {refused}") from refused
    raise Malformed("it proves no fork: the second checkpoint continues the first")


def checkpoint_of(head: RootLogHeadProof) -> Checkpoint:
    """The checkpoint in a head that `verify_newest_leaf` verified."""
    header, (raw,) = head.light.header, head.state.values
    log = CompactRange.parse(decode(raw or b"", "root log"))
    root_log = RootCheckpoint(header.chain_id, log.size, log.root())
    before = None if header.last_block_id is None else header.last_block_id.hash
    return Checkpoint(header.height, header_hash(header), before, root_log, Digest(header.app_hash))


def final_checkpoint(head: RootLogHeadProof, trust: Trust, now: UtcMillis) -> Checkpoint:
    """The checkpoint that a final block proves, by rules 2 to 4; raises NotProven, Malformed or Refused."""
    header = head.light.header
    # 2.
    if header.chain_id != trust.chain_id:
        why = f"it is of ledger {header.chain_id}, the trust file of {trust.chain_id}"
        raise WrongLedger(why, what="the checkpoint")
    # 3.
    verify_newest_leaf(head, trust.chain_id)
    # 4.
    if header.validators_hash != trust.header.validators_hash:
        _check_follows(head, trust, now)
    return checkpoint_of(head)


def _check_follows(head: RootLogHeadProof, trust: Trust, now: UtcMillis) -> None:
    height, trusted = head.light.header.height, trust.header.height
    if height < trusted:
        raise OlderThanTrusted(height=height, trusted=trusted)
    decide_trust(head.light, trust, now)


def _check_memory(state: WitnessState, growths: Iterable[Growth], witness: WitnessKey) -> None:
    # 5.
    cosigned = state.cosigned
    size = 0 if cosigned is None else cosigned.root_log.size
    for growth in growths:
        found = cosignature_in(list(growth.lines), witness)
        if found is None or (growth.size <= size and found.seconds <= state.seconds):
            continue
        shown = RootCheckpoint(state.trust.chain_id, growth.size, growth.root)
        try:
            found.verify(shown, witness)
        except BadSignature:
            continue  # whoever wrote the line, it was not this witness
        known = "nothing" if cosigned is None else str(cosigned.root_log)
        raise WitnessPutBack(signed=f"{shown} at {utc_text(found.time)}", known=known)


def _check_growth(cosigned: Checkpoint, shown: Checkpoint, growths: Iterable[Growth]) -> None:
    # 6.
    before, after = cosigned.root_log, shown.root_log
    fork = ForkProven(chain=after.chain, first=str(cosigned), second=str(shown))
    if _contradict(cosigned, shown):
        raise fork
    if before.size == after.size:
        if (before.root, cosigned.app_hash) != (after.root, shown.app_hash):
            raise fork
        return
    if after.size < before.size:
        raise CheckpointBehind(shown=str(after), cosigned=str(before))
    growth = next((each for each in growths if each.size == before.size), None)
    if growth is None:
        raise GrowthNotShown(size=before.size)
    if growth.next is None:
        raise Malformed("witness request: a growth lacks the leaf that follows it")
    verify_consistency(growth.size, growth.root, after.size, after.root, growth.path)
    leaf = growth.next.leaf
    verify_inclusion(leaf_hash(leaf.to_bytes()), growth.size, after.size, growth.next.path, after.root)
    if (growth.root, leaf.app_hash) != (before.root, cosigned.app_hash):
        raise fork


def _contradict(one: Checkpoint, other: Checkpoint) -> bool:
    """Whether two final blocks are of one height, or neighbours of which the later does not name the earlier."""
    first, second = sorted((one, other), key=lambda each: each.height)
    if first.height == second.height:
        return first.block != second.block
    return first.height + 1 == second.height and second.before != first.block


def _check_no_step_back(state: WitnessState, head: RootLogHeadProof, now: UtcMillis) -> None:
    # 7.
    _check_follows(head, state.trust, now)
    if now // SECOND < state.seconds:
        raise WitnessClockBehind(now=now, last=state.seconds * SECOND)
