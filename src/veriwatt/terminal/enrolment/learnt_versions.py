"""Versions of groups that a terminal learnt from its ledger, each with its proof, since its newest handover.

    learnt versions = [2, [[group, [n, in force from, calendar, [definition fields ...]]] ...]]

Spec: docs/spec/terminal-handover.md, "Learnt from the ledger".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.model.terminals.handover import GROUP_LIMIT, VERSION_LIMIT, HandedGroup, HandedVersion


@dataclass(frozen=True, slots=True)
class LearntVersion:
    """A version of a group, proven from the terminal's trust file."""

    group: str
    version: HandedVersion

    def fields(self) -> list[Value]:
        return [self.group, self.version.fields()]

    @classmethod
    def parse(cls, value: object) -> LearntVersion:
        f = Fields(value, "learnt version", 2)
        return cls(f.name("group"), HandedVersion.parse(f.raw()))


def learnt_bytes(learnt: Iterable[LearntVersion]) -> bytes:
    """The file of a terminal's learnt versions."""
    return encode([FORMAT, [each.fields() for each in learnt]])


def read_learnt(raw: bytes) -> tuple[LearntVersion, ...]:
    """The versions in that file; raises Malformed."""
    f = Fields.versioned(decode(raw, "learnt versions"), "learnt versions", 2)
    return f.each("versions", LearntVersion.parse, GROUP_LIMIT * VERSION_LIMIT)


def newest_numbers(handed: Sequence[HandedGroup]) -> dict[str, int]:
    """For each group the number of its newest version."""
    return {group.group: group.versions[-1].n for group in handed}


def not_handed(handed: Sequence[HandedGroup], learnt: Iterable[LearntVersion]) -> tuple[LearntVersion, ...]:
    """The learnt versions that are newer than those handed over, of the groups handed over."""
    newest = newest_numbers(handed)
    return tuple(each for each in learnt if each.group in newest and each.version.n > newest[each.group])


def with_learnt(handed: Sequence[HandedGroup], learnt: Sequence[LearntVersion]) -> tuple[HandedGroup, ...]:
    """The groups with the learnt versions, which are in the order of their numbers, as if these were handed over."""
    found = {group.group: group for group in handed}
    for each in not_handed(handed, learnt):
        group = found[each.group]
        found[each.group] = replace(group, versions=(*group.versions, each.version))
    return tuple(found.values())
