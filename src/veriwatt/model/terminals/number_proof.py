"""What the ledger records about one frame number, as a log host proves it to a terminal whose frame is refused as void.

    number proof = [format, state, light block]
    state        = [[number record | null], state proof]      under the light block's app hash

Spec: docs/spec/terminal-questions.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import Malformed
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.ledger.block import LightBlock

MAX_NUMBER_PROOF = 1 << 20


@dataclass(frozen=True, slots=True)
class NumberProof:
    """A parsed, canonical proof; `verify.void_number` verifies it."""

    state: StatePart
    light: LightBlock

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.state.fields(), self.light.fields()])

    @classmethod
    def from_bytes(cls, raw: bytes) -> NumberProof:
        """Parse a proof; raises Malformed unless `raw` is canonical."""
        if len(raw) > MAX_NUMBER_PROOF:
            raise Malformed(f"a number proof has at most {MAX_NUMBER_PROOF} bytes, this one {len(raw)}")
        f = Fields.versioned(decode(raw, "number proof"), "number proof", 3)
        return cls(StatePart.parse(f.raw()), LightBlock.parse(f.raw()))
