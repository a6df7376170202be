"""Evidence: a self-contained file that proves one claim offline (`.vwe`).

    evidence = [2, chain, claim, frames, data chain, anchors, root log, state, light block]
             | [2, chain, claim, frames, data chain, anchors, root log, state, light block, cosigned]
             | [2, chain, claim, frames, data chain, anchors, root log, state, light block, cosigned | null, path]

The claim states and discloses what is proven (`reading_claim`, `period_claim`); the four fields after it prove that
its frames are on the ledger (`frame_proof`); the next two are the state proof: the values of state keys with one
multiproof, and the light block whose app hash is their root. `cosigned` shows witnesses of that state, `path` the light
blocks that lead there from an older checkpoint. State keys are not in the file: the verifier derives them from claim
and headers. A hash or a signature binds every byte but the cosignatures of witnesses that the reader does not list, so
no part can be replaced.
Spec: docs/spec/evidence.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, Self, TypeVar

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.model.evidence.cosigned import CosignedPart
from veriwatt.model.evidence.file_limits import MAX_EVIDENCE, MAX_ITEMS
from veriwatt.model.evidence.frame_proof import FrameProofs
from veriwatt.model.evidence.light_path import check_path, path_fields, read_path
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.ledger.block import LightBlock
from veriwatt.units import UtcMillis

_FIELDS = 5 + FrameProofs.FIELDS
_WITH_PATH = 2
"""Fields that a file with a path has more."""


class Claim(Protocol):
    """What an evidence file proves, with the data that it discloses; there is one class for each kind.

    `KIND` is the first item of the claim's record.
    """

    KIND: ClassVar[str]

    @property
    def org(self) -> str:
        """The org that the claim is about."""
        ...

    @property
    def frames(self) -> int:
        """The number of frames that the claim is about."""
        ...

    def times(self) -> tuple[UtcMillis, ...]:
        """Every time that the claim states."""
        ...

    @property
    def needs_newest_anchor(self) -> bool:
        """Whether the file shows the newest anchor of the org, whether or not it added one of the frames."""
        ...

    def state_keys(self) -> tuple[bytes, ...]:
        """The state keys that the claim needs in addition to those of its frames."""
        ...

    def fields(self) -> list[Value]: ...

    @classmethod
    def parse(cls, value: object) -> Self:
        """The claim of this record; raises Malformed."""
        ...


C_co = TypeVar("C_co", bound=Claim, covariant=True)


@dataclass(frozen=True, slots=True)
class Evidence(Generic[C_co]):
    """A parsed evidence file: canonical and well-formed; nothing in it is proven."""

    chain: str
    claim: C_co
    proofs: FrameProofs
    state: StatePart
    light: LightBlock
    cosigned: CosignedPart | None = None
    path: tuple[LightBlock, ...] = ()

    def __post_init__(self) -> None:
        check_path(self.path, self.light)

    def to_bytes(self) -> bytes:
        claim, state, light = self.claim.fields(), self.state.fields(), self.light.fields()
        cosigned = None if self.cosigned is None else self.cosigned.fields()
        last: list[Value] = (
            [cosigned, path_fields(self.path, self.light)] if self.path else [] if cosigned is None else [cosigned]
        )
        return encode([FORMAT, self.chain, claim, *self.proofs.fields(), state, light, *last])

    @classmethod
    def from_bytes(cls, raw: bytes, kinds: Iterable[type[C_co]]) -> Evidence[C_co]:
        """Parse evidence for a claim of one of `kinds`; raises Malformed unless `raw` is canonical."""
        if len(raw) > MAX_EVIDENCE:
            raise Malformed(f"an evidence file has at most {MAX_EVIDENCE} bytes, this one {len(raw)}")
        value = decode(raw, "evidence", MAX_ITEMS)
        more = max(0, min(len(value) - _FIELDS, _WITH_PATH)) if isinstance(value, list) else 0
        f = Fields.versioned(value, "evidence", _FIELDS + more)
        chain, record = f.name("chain"), f.raw()
        claim = _kind_of(record, kinds).parse(record)
        proofs = FrameProofs.read(f)
        if len(proofs.frames) != claim.frames:
            raise Malformed(f"evidence: {len(proofs.frames)} frames for a claim about {claim.frames}")
        state, light = StatePart.parse(f.raw()), LightBlock.parse(f.raw())
        has_path = more == _WITH_PATH
        cosigned = None if not more else f.optional(CosignedPart.parse) if has_path else CosignedPart.parse(f.raw())
        return cls(chain, claim, proofs, state, light, cosigned, read_path(f, light) if has_path else ())


def _kind_of(claim: object, kinds: Iterable[type[C_co]]) -> type[C_co]:
    """The kind that the first item of the claim names."""
    if isinstance(claim, list) and claim:
        for kind in kinds:
            if claim[0] == kind.KIND:
                return kind
    raise Malformed("evidence: the claim is of no kind that this version verifies")
