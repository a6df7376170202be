"""A node's home, opened and locked by one process: its lock, settings, keys and files."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from veriwatt.home.owner_keys import OwnerKeys, open_owner_keys
from veriwatt.home.paths import find_home
from veriwatt.home.settings import Settings, load_settings
from veriwatt.ports.clock import Clock
from veriwatt.system.clock import SystemClock
from veriwatt.system.exclusive_lock import exclusive_lock, has_waiters
from veriwatt.system.files import make_private
from veriwatt.system.held_files import HeldFiles, HeldLock
from veriwatt.system.resource_stack import ResourceStack


class OpenedHome(ResourceStack):
    """A home that this process locks until `close`; settings and keys are read at first use."""

    def __init__(self, root: Path, clock: Clock | None = None) -> None:
        """Lock the home at `root`.

        Raises:
            NotFound: there is no home.
            WrongFormat: another release made it.
            FileLost: it lost its genesis or its format file.
            HomeLocked: another process has locked it.
        """
        super().__init__()
        self.clock: Clock = clock or SystemClock()
        self.paths = find_home(root)
        make_private(root)
        lock = self._stack.enter_context(exclusive_lock(self.paths.lock, may_be_read_only=True))
        self.lock = HeldLock(self.paths.lock, lock)
        self.files = HeldFiles(self.lock)

    def has_waiters(self) -> bool:
        """Whether another process waits for this home's lock."""
        return has_waiters(self.paths.lock)

    @cached_property
    def settings(self) -> Settings:
        return load_settings(self.paths.settings)

    @cached_property
    def keys(self) -> OwnerKeys:
        return open_owner_keys(self.paths)
