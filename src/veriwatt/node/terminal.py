"""A live terminal's own home: its configuration, its sealed keys, its spool, and what its org handed it.

    terminal.toml      what it reads; docs/terminal-config.md
    trust.json         which ledger it delivers to
    terminal.keystore  its signing key, its receiving key, its window keys
    handover           the newest handover of its org, as it came
    spool.db           samples and frames
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import veriwatt
from veriwatt.errors import Missing, Refused
from veriwatt.model.handover import Handover, TerminalRequest, new_request, parse_handover
from veriwatt.model.keystore import UNPROTECTED, KeyStore, Lock, LockKind, save_key_store
from veriwatt.model.origin import ClockState
from veriwatt.model.trust import Trust, parse_trust
from veriwatt.node.clock import SystemClock
from veriwatt.node.keys import new_lock, passphrase
from veriwatt.node.lock import held
from veriwatt.ports import Clock
from veriwatt.services.collecting import (
    FRAME_EVERY,
    NOTHING_KNOWN,
    Collector,
    Known,
    collected_groups,
    requested_groups,
)
from veriwatt.services.terminal_loop import Delivery, Tell, TerminalLoop
from veriwatt.store.files import DiskFiles, save
from veriwatt.terminal.config import TerminalConfig, load_config
from veriwatt.terminal.drivers.base import Driver
from veriwatt.terminal.drivers.of_config import drivers_of
from veriwatt.terminal.framer import Framer
from veriwatt.terminal.http_door import HttpDoor
from veriwatt.terminal.keyring import Keyring
from veriwatt.terminal.sampler import Sampler
from veriwatt.terminal.spool import Spool
from veriwatt.units import UtcMillis

MODEL = "veriwatt terminal"

CLOCK_UNCERTAINTY = 1_000
"""What a terminal says of its own clock, in ms, as nothing here measures it."""


class OtherMember(Refused):
    """A handover by another member than the one whose handover was installed first."""

    code = "other-member"

    def __init__(self, terminal: str) -> None:
        super().__init__(
            f"the handover to terminal {terminal} is signed by another member than the first one; nothing was installed"
        )
        self.terminal = terminal


@dataclass(frozen=True, slots=True)
class TerminalPaths:
    """The files of a terminal's home."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "terminal.toml"

    @property
    def trust(self) -> Path:
        return self.root / "trust.json"

    @property
    def keystore(self) -> Path:
        return self.root / "terminal.keystore"

    @property
    def handover(self) -> Path:
        return self.root / "handover"

    @property
    def spool(self) -> Path:
        return self.root / "spool.db"

    @property
    def lock(self) -> Path:
        return self.root / "terminal.lock"


def make_terminal(root: Path, config: Path, trust: Path, *, unprotected: bool = False) -> None:
    """Make a terminal's home at `root`, with fresh keys; everything is durable on return, or nothing is there.

    Raises:
        BadInput: configuration or trust file are wrong.
        Refused: there is something at `root`, or no passphrase and not `unprotected`.
    """
    told, believed = load_config(config), trust.read_bytes()
    parse_trust(believed, str(trust))
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise Refused(f"{root} exists already and is not empty; nothing was changed")
    lock, files = new_lock(unprotected=unprotected), DiskFiles()
    root.parent.mkdir(parents=True, exist_ok=True)
    building = root.with_name(f".{root.name}.{os.getpid()}.new")
    paths = TerminalPaths(building)
    try:
        save(files, paths.config, config.read_bytes())
        save(files, paths.trust, believed)
        Keyring.new(told.name, lock.kind, lambda store: _save_keys(paths, store, lock), os.urandom)
        building.replace(root)
        files.sync_folder(root.parent)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


class TerminalHome:
    """A terminal's home, held by this process until `close` when it is opened for work."""

    def __init__(self, root: Path, clock: Clock | None = None, *, reading: bool = False) -> None:
        """Open the home at `root`; with `reading` beside the process that holds it, to look only.

        Raises:
            Missing: there is no terminal.
            Unavailable: another process holds it.
        """
        self.paths = TerminalPaths(root)
        if not self.paths.config.is_file() or not self.paths.keystore.is_file():
            raise Missing(f"{root} is no terminal's home; `veriwatt terminal init` makes one")
        self.clock: Clock = clock or SystemClock()
        self._stack = ExitStack()
        if not reading:
            self._stack.enter_context(held(self.paths.lock))

    def close(self) -> None:
        """Close what was opened and let go of the home."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def config(self) -> TerminalConfig:
        return load_config(self.paths.config)

    @cached_property
    def trust(self) -> Trust:
        return parse_trust(self.paths.trust.read_bytes(), str(self.paths.trust))

    @cached_property
    def keyring(self) -> Keyring:
        secret = passphrase()
        store = KeyStore.open(DiskFiles().read(self.paths.keystore), secret)
        lock = UNPROTECTED if store.lock is LockKind.UNPROTECTED else Lock(LockKind.PASSPHRASE, secret or b"")
        return Keyring(store, lambda changed: _save_keys(self.paths, changed, lock))

    @cached_property
    def spool(self) -> Spool:
        return self._stack.enter_context(Spool(self.paths.spool))

    @cached_property
    def framer(self) -> Framer:
        handed, signer = self.handover(), self.keyring.signer
        return Framer(
            handed.chain, handed.org, handed.terminal, handed.passport_version, signer, self.spool, os.urandom
        )

    @property
    def installed(self) -> bool:
        """Whether the org has handed anything over yet."""
        return self.paths.handover.is_file()

    def handover(self) -> Handover:
        """The newest handover; Missing before the first."""
        if not self.installed:
            raise Missing(
                f"terminal {self.config.name} has no handover of its org yet: `veriwatt terminal enrol` makes one "
                "at the org, `veriwatt terminal install` takes it in here"
            )
        return parse_handover(DiskFiles().read(self.paths.handover))

    def request(self) -> bytes:
        """What the org needs to enrol this terminal, or to hand it new window keys: a signed file, nothing secret."""
        config, now = self.config, self.clock.now()
        oldest = self.spool.unframed([point.id for point in config.points], now).values()
        request: TerminalRequest = new_request(
            self.keyring.signer, self.trust.chain_id, config.org, config.name, self.keyring.protection, MODEL,
            veriwatt.__version__, self.keyring.receiving_key,
            min((int(columns.starts[0]) for columns in oldest), default=now), requested_groups(config),
        )  # fmt: skip
        return request.sign(self.keyring.signer)

    def install(self, raw: bytes) -> Handover:
        """Take in a handover: its keys first, then the file itself; may be repeated.

        Raises:
            Refused: it is for another terminal or ledger, or of another member than the first one.
            CannotOpen: its keys are wrapped for another terminal.
        """
        handover, config = parse_handover(raw), self.config
        named = (handover.chain, handover.org, handover.terminal)
        if named != (self.trust.chain_id, config.org, config.name):
            raise Refused(f"the handover is for terminal {handover.org}/{handover.terminal} on ledger {handover.chain}")
        if self.installed and self.handover().member_key != handover.member_key:
            raise OtherMember(config.name)
        self.keyring.take(handover)
        save(DiskFiles(), self.paths.handover, raw)
        return handover

    def drivers(self) -> dict[str, Driver]:
        """A driver for each meter, none connected yet."""
        return drivers_of(self.config, self.clock)

    def sampler(self, drivers: dict[str, Driver]) -> Sampler:
        return Sampler(self.config, drivers, self.spool, self.clock)

    def loop(
        self, drivers: dict[str, Driver], door: HttpDoor, tell: Tell, every: UtcMillis = FRAME_EVERY
    ) -> TerminalLoop:
        """The terminal at work, framing as soon as the slots of `every` ms wait, and delivering through `door`."""
        own = self._stack.enter_context(Spool(self.paths.spool))
        return TerminalLoop(
            self.sampler(drivers), self.collector(every=every), self.framer, self.spool, self.keyring,
            Delivery(own, self.framer, door), self.clock, tell,
        )  # fmt: skip

    def door(self) -> HttpDoor:
        """The way to the log host that the configuration names."""
        handed = self.handover()
        return self._stack.enter_context(HttpDoor(self.config.node, handed.chain, handed.org, handed.log_key))

    def collector(
        self, known: Callable[[], Known] = lambda: NOTHING_KNOWN, every: UtcMillis = FRAME_EVERY
    ) -> Collector:
        """What frames this terminal's samples; `known` says what it knows of the ledger."""
        clock = ClockState("system", 0, CLOCK_UNCERTAINTY)
        groups = collected_groups(self.config)
        return Collector(groups, self.spool, self.framer, self.keyring.window_key, clock, known, every)


def _save_keys(paths: TerminalPaths, store: KeyStore, lock: Lock) -> None:
    def write(place: Path, raw: bytes) -> None:
        save(DiskFiles(), place, raw)
        place.chmod(0o600)

    save_key_store(store, lock, paths.keystore, os.urandom, write)
