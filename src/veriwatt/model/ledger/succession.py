"""The proof that one ledger continues another, for whoever trusts the other one.

    succession  = [2, genesis document, state, light block of the predecessor, first light block of the successor]
    state       = [[closing, root log], state proof]        under the predecessor's app hash
    successions = [* succession: bstr]                      what a log host answers, the eldest first

Spec: docs/spec/terminal-questions.md, "When the ledger moved".
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.predecessor import MOST_PREDECESSORS

MAX_SUCCESSION = 1 << 20


@dataclass(frozen=True, slots=True)
class Succession:
    """A parsed, canonical proof; `verify.succession` verifies it and returns the trust in the successor."""

    genesis: Genesis
    state: StatePart
    last: LightBlock
    first: LightBlock

    def to_bytes(self) -> bytes:
        genesis = self.genesis.to_bytes()
        return encode([FORMAT, genesis, self.state.fields(), self.last.fields(), self.first.fields()])

    @classmethod
    def from_bytes(cls, raw: bytes) -> Succession:
        """Parse a proof; raises Malformed unless `raw` is canonical."""
        if len(raw) > MAX_SUCCESSION:
            raise Malformed(f"a proof of a succession has at most {MAX_SUCCESSION} bytes, this one {len(raw)}")
        f = Fields.versioned(decode(raw, "succession"), "succession", 5)
        genesis, state = Genesis.from_bytes(f.bytes("genesis", MAX_SUCCESSION)), StatePart.parse(f.raw())
        return cls(genesis, state, LightBlock.parse(f.raw()), LightBlock.parse(f.raw()))


def successions_bytes(proofs: tuple[bytes, ...]) -> bytes:
    values: list[Value] = list(proofs)
    return encode(values)


def parse_successions(raw: bytes) -> tuple[bytes, ...]:
    """The proofs, none of them parsed; raises Malformed."""
    f = Fields([decode(raw, "successions")], "successions", 1)
    return f.each("proofs", lambda each: Fields([each], "successions", 1).bytes("proof"), MOST_PREDECESSORS)
