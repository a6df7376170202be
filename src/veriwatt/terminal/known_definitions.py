"""The definitions that a terminal works under: those of its newest handover, and those proven to it since."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from veriwatt.errors import Malformed, NotFound
from veriwatt.model.terminals.handover import HandedGroup, Handover, parse_handover
from veriwatt.system.files import DiskFiles, save
from veriwatt.terminal.config.terminal_config import TerminalConfig
from veriwatt.terminal.enrolment.learnt_versions import (
    LearntVersion,
    learnt_bytes,
    newest_numbers,
    not_handed,
    read_learnt,
    with_learnt,
)
from veriwatt.terminal.framing.framed_group import FramedGroup, framed_groups
from veriwatt.terminal.home_files import TerminalPaths
from veriwatt.terminal.sampling.definition_timeline import Timelines, definition_timelines, points_waiting
from veriwatt.units import UtcMillis


class KnownDefinitions:
    """Read from the terminal's home whenever they are asked for; safe to read from every thread."""

    def __init__(self, paths: TerminalPaths, config: TerminalConfig) -> None:
        self._paths, self._config = paths, config

    @property
    def has_handover(self) -> bool:
        """Whether a handover of the org was accepted."""
        return self._paths.handover.is_file()

    def handover(self) -> Handover:
        """The newest handover; NotFound before the first."""
        if not self.has_handover:
            raise NotFound(
                f"terminal {self._config.name} has no handover of its org yet: `veriwatt terminal enrol` makes one "
                "at the org, `veriwatt terminal accept` accepts it here"
            )
        return parse_handover(DiskFiles().read(self._paths.handover))

    def handed_groups(self) -> tuple[HandedGroup, ...]:
        """The groups of the newest handover with the versions learnt since; none before the first."""
        return self.after(self.handover()) if self.has_handover else ()

    def after(self, handover: Handover, more: Sequence[LearntVersion] = ()) -> tuple[HandedGroup, ...]:
        """The groups as this handover, the versions learnt before and `more` have them together."""
        return with_learnt(handover.groups, (*self._learnt(), *more))

    def groups(self) -> tuple[FramedGroup, ...]:
        return framed_groups(self._config, self.handed_groups())

    def timelines(self, handed: Sequence[HandedGroup]) -> Timelines:
        """What the configured points are under these groups."""
        return definition_timelines(self._config, handed)

    def newest(self) -> dict[str, int]:
        """For each group that was handed over, the number of the newest version that the terminal knows."""
        return newest_numbers(self.handed_groups())

    def add(self, learnt: Sequence[LearntVersion]) -> None:
        """Store proven versions, each the next one of its group; durable on return."""
        if learnt:
            rest = not_handed(self.handover().groups, (*self._learnt(), *learnt))
            save(DiskFiles(), self._paths.learnt, learnt_bytes(rest))

    def waiting(self, now: UtcMillis) -> dict[str, UtcMillis | None]:
        """The points that have no values now, because no definition that fits the configuration is in force.

        Each with the time at which such a definition comes into force; None if the org has none.
        """
        return points_waiting(self._config.points, self.timelines(self.handed_groups()), now)

    def key_days_left(self, now: UtcMillis) -> int | None:
        """Whole days from `now` for which every group has window keys; None before the first handover."""
        if not self.has_handover:
            return None
        ends = {group.group: group.end for group in self.handed_groups()}
        return min(group.days_until(ends.get(group.name), now) for group in self.groups())

    def _learnt(self) -> tuple[LearntVersion, ...]:
        """The versions learnt; a damaged file counts as absent: the terminal asks for them again."""
        files, path = DiskFiles(), self._paths.learnt
        with suppress(Malformed):
            if files.exists(path):
                return read_learnt(files.read(path))
        return ()
