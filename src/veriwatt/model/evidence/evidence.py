"""Evidence: a self-contained file that proves one claim offline (`.vwe`).

    evidence = [2, chain, claim part ..., frame proof ..., state, light block]

The claim part states and discloses what is proven (`reading_claim`); each frame proof proves that one frame is on the
ledger (`frame_proof`); the state proof has the values of state keys with one multiproof, and the light block whose app
hash is their root. The kind of the claim determines the number of its fields and of its frames. State keys are not in
the file: the verifier derives them from claim and headers. A hash or a signature binds every byte, so no part can be
replaced.
Spec: docs/spec/evidence.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, Self, TypeVar

from veriwatt.encoding import FORMAT, Fields, Value, check_format, decode, encode
from veriwatt.errors import Malformed
from veriwatt.model.evidence.frame_proof import FrameProof
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.ledger.block import LightBlock

MAX_EVIDENCE = 1 << 18
"""The most bytes of an evidence file; a frame header of ten thousand points fits."""

_HEAD, _STATE_PROOF = 2, 2
"""The number of fields before the claim part, and after the frame proofs."""


class Claim(Protocol):
    """What an evidence file proves, with the data that it discloses; there is one class for each kind.

    `KIND` is the first item of the first of its `FIELDS` fields in the evidence record.
    """

    KIND: ClassVar[str]
    FIELDS: ClassVar[int]

    @property
    def org(self) -> str:
        """The org that the claim is about."""
        ...

    @property
    def frames(self) -> int:
        """The number of frame proofs after the claim part."""
        ...

    def state_keys(self) -> tuple[bytes, ...]:
        """The state keys that the claim needs in addition to those of its frames."""
        ...

    def fields(self) -> list[Value]: ...

    @classmethod
    def read(cls, f: Fields) -> Self:
        """The claim in the next `FIELDS` fields; raises Malformed."""
        ...


C_co = TypeVar("C_co", bound=Claim, covariant=True)


@dataclass(frozen=True, slots=True)
class Evidence(Generic[C_co]):
    """A parsed evidence file: canonical and well-formed; nothing in it is proven."""

    chain: str
    claim: C_co
    frames: tuple[FrameProof, ...]
    state: StatePart
    light: LightBlock

    def to_bytes(self) -> bytes:
        frames = [field for frame in self.frames for field in frame.fields()]
        return encode([FORMAT, self.chain, *self.claim.fields(), *frames, self.state.fields(), self.light.fields()])

    @classmethod
    def from_bytes(cls, raw: bytes, kinds: Iterable[type[C_co]]) -> Evidence[C_co]:
        """Parse evidence for a claim of one of `kinds`; raises Malformed unless `raw` is canonical."""
        if len(raw) > MAX_EVIDENCE:
            raise Malformed(f"an evidence file has at most {MAX_EVIDENCE} bytes, this one {len(raw)}")
        values, kind = _record(decode(raw, "evidence"), kinds)
        claim_end = _HEAD + kind.FIELDS
        f = Fields.versioned(values[:claim_end], "evidence", claim_end)
        chain, claim = f.name("chain"), kind.read(f)
        rest = Fields(values[claim_end:], "evidence", FrameProof.FIELDS * claim.frames + _STATE_PROOF)
        frames = tuple(FrameProof.read(rest) for _ in range(claim.frames))
        return cls(chain, claim, frames, StatePart.parse(rest.raw()), LightBlock.parse(rest.raw()))


def _record(value: Value, kinds: Iterable[type[C_co]]) -> tuple[list[Value], type[C_co]]:
    """The fields of the record, and the kind named by the first item of its claim part."""
    check_format(value, "evidence")
    match value:
        case [_, _, [str() as name, *_], *_]:
            for kind in kinds:
                if name == kind.KIND:
                    return list(value), kind
    raise Malformed("evidence: the claim is of no kind that this version verifies")
