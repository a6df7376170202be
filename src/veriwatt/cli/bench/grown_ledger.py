"""The bytes that evidence made on a young ledger has on one grown old, with four validators.

The old ledger is not run: the file gets the hashes that logs of its size would add, a proof from a state map of its
size, and the keys and votes of four validators.
"""

from __future__ import annotations

from collections.abc import Iterable

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import Value, decode, encode
from veriwatt.ids import Digest
from veriwatt.merkle.multiproof import multiproof
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.verify.frame_proof import ParsedFrame
from veriwatt.verify.procedure import state_keys

BLOCKS, FRAMES, RECORDS, VALIDATORS = 10**7, 10**6, 1 << 17, 4


def grown_bytes(evidence: Evidence[ReadingClaim]) -> int:
    """The bytes of a reading's file after `BLOCKS` blocks and `FRAMES` frames, under `VALIDATORS` validators."""
    file = decode(evidence.to_bytes(), "evidence")
    assert isinstance(file, list)
    version, chain, claim, frames, _, anchors, root_log, _, light = file
    assert isinstance(anchors, list)
    assert isinstance(root_log, list)
    block = 2 * BLOCKS // 3
    grown: list[Value] = [version, chain, claim, frames, _hashes([2 * FRAMES // 3], FRAMES)]
    grown.append([anchors[0], _hashes([2 * FRAMES // 3], FRAMES)])
    grown.append([root_log[0], _hashes([block - 3, block, block + 1], BLOCKS)])
    grown.append(_state(evidence))
    return len(encode([*grown, light])) + _validators(light)


class _AnyNodes:
    """A log of any size, every node of which is the same."""

    def node(self, level: int, index: int) -> Digest:
        return Digest(bytes(32))


def _hashes(indices: Iterable[int], size: int) -> bytes:
    return b"".join(multiproof(_AnyNodes(), indices, size))


def _state(evidence: Evidence[ReadingClaim]) -> list[Value]:
    keys = state_keys(evidence.claim, [ParsedFrame.of(part) for part in evidence.proofs.frames], evidence.chain)
    values = evidence.state.values
    own = {key: value for key, value in zip(keys, values, strict=True) if value is not None}
    others: list[tuple[bytes, bytes]] = [(sha256(b"%d" % n), b"x") for n in range(RECORDS)]
    proof = StateTree.from_items([*others, *own.items()]).prove(list(keys))
    return [list(values), proof.fields()]


def _validators(light: Value) -> int:
    """The bytes of three more validators with their votes."""
    assert isinstance(light, list)
    vote, validator = _entry(light[2]), _entry(light[3])
    return (VALIDATORS - 1) * (len(encode(vote)) + len(encode(validator)))


def _entry(value: Value) -> Value:
    """The one entry of the list within a commit or a set of validators."""
    assert isinstance(value, list)
    found = [each[0] for each in value if isinstance(each, list) and len(each) == 1 and isinstance(each[0], list)]
    return found[0] if found else value[0]
