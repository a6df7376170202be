"""The newest leaf of the root log with its proof: a log host proves the head of the ledger to a terminal.

    root log head = [2, newest leaf, state, light block]
    newest leaf   = [leaf, index, path]                       under the root of the root log's range
    state         = [[the root log's range], state proof]     under the light block's app hash

Spec: docs/spec/terminal-questions.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import Malformed
from veriwatt.model.evidence.paths import PlacedLeaf, StatePart
from veriwatt.model.ledger.block import LightBlock

MAX_ROOT_LOG_HEAD = 1 << 20


@dataclass(frozen=True, slots=True)
class RootLogHeadProof:
    """A parsed, canonical proof; `verify.root_log_head` verifies it and returns a `ProvenRootLogHead`."""

    newest: PlacedLeaf
    state: StatePart
    light: LightBlock

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.newest.fields(), self.state.fields(), self.light.fields()])

    @classmethod
    def from_bytes(cls, raw: bytes) -> RootLogHeadProof:
        """Parse a proof; raises Malformed unless `raw` is canonical."""
        if len(raw) > MAX_ROOT_LOG_HEAD:
            raise Malformed(f"a root log head has at most {MAX_ROOT_LOG_HEAD} bytes, this one {len(raw)}")
        f = Fields.versioned(decode(raw, "root log head"), "root log head", 4)
        return cls(PlacedLeaf.parse(f.raw()), StatePart.parse(f.raw()), LightBlock.parse(f.raw()))
