"""The anchored part of a data chain, as a log host proves it to a terminal.

    anchored = [format, state, light block, path | null, consistency]
    state    = [[range of the data chain, log epochs], state proof]      under the light block's app hash

`path` leads from the terminal's frame to the anchored root; null if no anchor covers the frame. `consistency` leads
from the smaller to the larger of the anchored chain and the checkpoint that the terminal named.
Spec: docs/spec/terminal-questions.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.evidence.paths import MAX_PATH, StatePart, join_hashes, read_hashes
from veriwatt.model.ledger.block import LightBlock

MAX_ANCHORED = 1 << 20


@dataclass(frozen=True, slots=True)
class AnchoredProof:
    """A parsed, canonical proof; `verify.anchored` verifies it."""

    state: StatePart
    light: LightBlock
    path: tuple[Digest, ...] | None
    consistency: tuple[Digest, ...]

    def to_bytes(self) -> bytes:
        path = None if self.path is None else join_hashes(self.path)
        return encode([FORMAT, self.state.fields(), self.light.fields(), path, join_hashes(self.consistency)])

    @classmethod
    def from_bytes(cls, raw: bytes) -> AnchoredProof:
        """Parse a proof; raises Malformed unless `raw` is canonical."""
        if len(raw) > MAX_ANCHORED:
            raise Malformed(f"an anchored chain has at most {MAX_ANCHORED} bytes, this one {len(raw)}")
        f = Fields.versioned(decode(raw, "anchored chain"), "anchored chain", 5)
        return cls(StatePart.parse(f.raw()), LightBlock.parse(f.raw()), f.optional(_path), read_hashes(f, MAX_PATH))


def _path(value: object) -> tuple[Digest, ...]:
    return read_hashes(Fields([value], "anchored chain: path", 1), MAX_PATH)
