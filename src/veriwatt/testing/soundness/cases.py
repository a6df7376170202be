"""A case: a frame to be signed, what evidence of it will claim, and by which changes it came about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from veriwatt.encoding import encode
from veriwatt.testing.soundness.drafts import FrameDraft
from veriwatt.testing.soundness.workshop import Registered, Workshop


@dataclass(frozen=True, slots=True)
class Told:
    """What evidence claims of a frame: the slot of `point` that starts at `start`, from leaf `leaf` of column `column`.

    `position` is that of another frame of the chain to claim it from; None for the case's own.
    """

    point: str
    start: int
    definition: bytes
    version: Registered
    column: int
    leaf: int
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """`changes` names what was done to an honest frame, in order."""

    frame: FrameDraft
    told: Told
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the adversary stands: what is registered, signed and anchored, and when the next anchor will be."""

    shop: Workshop
    anchor_at: int
    honest: list[Case] = field(default_factory=list)

    def times(self, case: Case) -> list[int]:
        """The times at which a rule may turn, and those beside them."""
        frame, told = case.frame, case.told
        certified = [t for deed in self.shop.deeds for t in deed.details if isinstance(t, int)]
        slot = told.version.days.slot_at(slot_of(told), told.start)
        edges = [self.anchor_at, self.shop.enrolled, self.shop.enrolled - 600_000, *certified, frame.start, frame.end]
        edges += [told.start, *(slot or ()), frame.collected_at]
        edges += [each.effective_from for each in self.shop.versions]
        edges += [each.registered_at for each in self.shop.versions]
        return [t + apart for t in edges for apart in (-1, 0, 1) if t + apart > 0]


Change: TypeAlias = Callable[[Random, Scene, Case], Case]
"""A change of a case; it returns the case as it is where it finds nothing to change."""


def told_of(frame: FrameDraft, version: Registered, point: str, slot: int) -> Told:
    """The honest claim of the k-th slot of a point of the frame."""
    index = version.index(point)
    starts = [start for start, _ in version.days.slots(slot_name(version, point), frame.start, frame.end)]
    definition = encode(list(version.definitions[index].values()))
    return Told(point, starts[slot], definition, version, index, slot // 96)


def slot_name(version: Registered, point: str) -> str:
    return str(version.definitions[version.index(point)]["slot"])


def slot_of(told: Told) -> str:
    names = [str(each["slot"]) for each in told.version.definitions if each["id"] == told.point]
    return names[0] if names else "15m"
