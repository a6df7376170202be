"""The newest leaf of the root log and its proof, by which a log host proves to a terminal how far the ledger is.

    root log head = [1, newest leaf, state, light block]
    newest leaf   = [leaf, index, path]                       under the root of the root log's range
    state         = [[the root log's range], state proof]     under the light block's app hash

Spec: docs/spec/terminal-questions.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import Fields, decode, encode
from veriwatt.errors import Malformed
from veriwatt.model.evidence.paths import PlacedLeaf, StatePart
from veriwatt.model.ledger.block import LightBlock

MAX_ROOT_LOG_HEAD = 1 << 20


@dataclass(frozen=True, slots=True)
class RootLogHeadProof:
    """Parsed and canonical; `verify.root_log_head` makes a `ProvenRootLogHead` of it, or refuses it."""

    newest: PlacedLeaf
    state: StatePart
    light: LightBlock

    def to_bytes(self) -> bytes:
        return encode([1, self.newest.fields(), self.state.fields(), self.light.fields()])

    @classmethod
    def from_bytes(cls, raw: bytes) -> RootLogHeadProof:
        """The proof in `raw`; raises Malformed for anything but its one canonical spelling."""
        if len(raw) > MAX_ROOT_LOG_HEAD:
            raise Malformed(f"a root log head has at most {MAX_ROOT_LOG_HEAD} bytes, this one {len(raw)}")
        f = Fields.versioned(decode(raw, "root log head"), "root log head", 4)
        return cls(PlacedLeaf.parse(f.raw()), StatePart.parse(f.raw()), LightBlock.parse(f.raw()))
