"""A later root log, cosigned by witnesses, that has the state of an evidence file in one of its leaves.

    cosigned = [size, index, height, time, hashes, [cosignature ...]]

Height and time with the app hash of the file's light block make the leaf at `index`; the path leads to the root at
`size`. Spec: docs/spec/witness.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import Fields, Value
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.tree import MAX_SIZE
from veriwatt.model.evidence.paths import MAX_PATH, join_hashes, read_hashes
from veriwatt.model.ledger.cosignature import MAX_COSIGNATURES, Cosignature
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True)
class CosignedPart:
    """The cosigned root log of an evidence file; nothing is verified.

    Raises:
        Malformed: no cosignature, or their names do not ascend.
    """

    size: int
    index: int
    height: int
    time: UtcMillis
    path: tuple[Digest, ...]
    cosignatures: tuple[Cosignature, ...]

    def __post_init__(self) -> None:
        names = [each.name for each in self.cosignatures]
        if not names or any(left >= right for left, right in zip(names, names[1:], strict=False)):
            raise Malformed("evidence: the cosignatures are none, or not in the order of their names")

    def fields(self) -> list[Value]:
        place: list[Value] = [self.size, self.index, self.height, self.time, join_hashes(self.path)]
        return [*place, [each.fields() for each in self.cosignatures]]

    @classmethod
    def parse(cls, value: object) -> CosignedPart:
        f = Fields(value, "evidence: cosigned", 6)
        size, index, height, time = f.uint("size", MAX_SIZE), f.uint("index"), f.uint("height"), f.uint("time")
        path = read_hashes(f, MAX_PATH)
        return cls(size, index, height, time, path, f.each("cosignatures", Cosignature.parse, MAX_COSIGNATURES))
