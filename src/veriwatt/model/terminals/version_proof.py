"""The next version of a group, as a log host proves it to a terminal that states the group's points.

    version proof = [format, state, light block, [definition fields ...]]
    state         = [[group version | null], state proof]      under the light block's app hash

The definitions are those of the version, in the order of its root; none where the state has no such version.
Spec: docs/spec/terminal-questions.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import Malformed
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.points.group import POINT_LIMIT
from veriwatt.model.points.point import PointDefinition

MAX_VERSION_PROOF = 2 << 20
"""Bytes: a transaction that registers a version has at most 10⁶."""


@dataclass(frozen=True, slots=True)
class VersionProof:
    """A parsed, canonical proof; `verify.group_version` verifies it."""

    state: StatePart
    light: LightBlock
    definitions: tuple[PointDefinition, ...]

    def to_bytes(self) -> bytes:
        definitions = [definition.fields() for definition in self.definitions]
        return encode([FORMAT, self.state.fields(), self.light.fields(), list(definitions)])

    @classmethod
    def from_bytes(cls, raw: bytes) -> VersionProof:
        """Parse a proof; raises Malformed unless `raw` is canonical."""
        if len(raw) > MAX_VERSION_PROOF:
            raise Malformed(f"a version proof has at most {MAX_VERSION_PROOF} bytes, this one {len(raw)}")
        f = Fields.versioned(decode(raw, "version proof"), "version proof", 4)
        state, light = StatePart.parse(f.raw()), LightBlock.parse(f.raw())
        return cls(state, light, f.each("definitions", PointDefinition.parse, POINT_LIMIT))
