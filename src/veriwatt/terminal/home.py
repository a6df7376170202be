"""A live terminal's own home with everything in it wired together: meters, spool, keys, log host."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import veriwatt
from veriwatt.errors import NotFound, Refused
from veriwatt.home.keys import passphrase
from veriwatt.model.evidence.trust_file import Trust, parse_trust
from veriwatt.model.keys.key_store import UNPROTECTED, KeyStore, Lock, LockKind
from veriwatt.model.terminals.handover import HandedGroup, Handover, TerminalRequest, new_request, parse_handover
from veriwatt.ports.clock import Clock
from veriwatt.system.clock import CLOCK_STATE
from veriwatt.system.exclusive_lock import exclusive_lock
from veriwatt.system.files import DiskFiles, save
from veriwatt.system.opened_home import OpenedHome
from veriwatt.terminal.config.terminal_config import TerminalConfig
from veriwatt.terminal.config.terminal_toml import load_config
from veriwatt.terminal.delivery.delivery import Delivery
from veriwatt.terminal.delivery.http_log_host import HttpLogHostClient
from veriwatt.terminal.delivery.trusted_head import TrustedHead
from veriwatt.terminal.drivers.base import Driver
from veriwatt.terminal.enrolment.keyring import Keyring, WindowKeyNotFound
from veriwatt.terminal.framing.collector import (
    FRAME_EVERY,
    CollectedGroup,
    Collector,
    collected_groups,
    requested_groups,
)
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.home_files import TerminalPaths, save_keys
from veriwatt.terminal.loop import Tell, TerminalLoop
from veriwatt.terminal.sampling.definition_timeline import in_force, other_at, waiting
from veriwatt.terminal.sampling.sampler import Sampler
from veriwatt.terminal.spool.spool import Spool
from veriwatt.units import UtcMillis
from veriwatt.verify.root_log_head import ProvenRootLogHead

MODEL = "veriwatt terminal"


class WrongMember(Refused):
    """A handover by another member than the one whose handover was installed first."""

    code = "wrong-member"

    def __init__(self, terminal: str) -> None:
        super().__init__(
            f"the handover to terminal {terminal} is signed by another member than the first one; nothing was installed"
        )
        self.terminal = terminal


class TerminalHome(OpenedHome):
    """A terminal's home, held by this process until `close` when it is opened for work."""

    def __init__(self, root: Path, clock: Clock | None = None, *, reading: bool = False) -> None:
        """Open the home at `root`; with `reading` beside the process that holds it, to look only.

        Raises:
            NotFound: there is no terminal.
            Unavailable: another process holds it.
        """
        super().__init__(clock)
        self.paths = TerminalPaths(root)
        if not self.paths.config.is_file() or not self.paths.keystore.is_file():
            raise NotFound(f"{root} is no terminal's home; `veriwatt terminal init` makes one")
        if not reading:
            self._stack.enter_context(exclusive_lock(self.paths.lock))

    @cached_property
    def config(self) -> TerminalConfig:
        return load_config(self.paths.config)

    @cached_property
    def trust(self) -> Trust:
        return parse_trust(DiskFiles().read(self.paths.trust), str(self.paths.trust))

    @cached_property
    def ledger(self) -> TrustedHead:
        """What this terminal knows of the ledger."""
        files, path = DiskFiles(), self.paths.root_log
        kept = files.read(path) if files.exists(path) else None
        return TrustedHead(self.trust, kept, lambda raw: save(files, path, raw))

    @cached_property
    def keyring(self) -> Keyring:
        secret = passphrase()
        store = KeyStore.open(DiskFiles().read(self.paths.keystore), secret)
        lock = UNPROTECTED if store.lock is LockKind.UNPROTECTED else Lock(LockKind.PASSPHRASE, secret or b"")
        return Keyring(store, lambda changed: save_keys(self.paths, changed, lock))

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
        """The newest handover; NotFound before the first."""
        if not self.installed:
            raise NotFound(
                f"terminal {self.config.name} has no handover of its org yet: `veriwatt terminal enrol` makes one "
                "at the org, `veriwatt terminal install` takes it in here"
            )
        return parse_handover(DiskFiles().read(self.paths.handover))

    def handed(self) -> tuple[HandedGroup, ...]:
        """The groups of the newest handover; none before the first."""
        return self.handover().groups if self.installed else ()

    def waiting(self) -> dict[str, UtcMillis | None]:
        """The points that do not hold yet as they are configured, with when they will, as far as it is handed over."""
        return waiting(self.config.points, in_force(self.config, self.handed()), self.clock.now())

    def _groups(self) -> tuple[CollectedGroup, ...]:
        return collected_groups(self.config, self.handed())

    def request(self) -> bytes:
        """What the org needs to enrol this terminal, or to hand it new window keys: a signed file, nothing secret."""
        config, now = self.config, self.clock.now()
        points = {point for group in self._groups() for point in group.points}
        oldest = self.spool.unframed(sorted(points), now).values()
        request: TerminalRequest = new_request(
            self.keyring.signer,
            self.trust.chain_id,
            config.org,
            config.name,
            self.keyring.protection,
            MODEL,
            veriwatt.__version__,
            self.keyring.receiving_key,
            min((int(columns.starts[0]) for columns in oldest), default=now),
            requested_groups(config),
        )
        return request.sign(self.keyring.signer)

    def install(self, raw: bytes) -> Handover:
        """Take in a handover: its keys first, then the file itself; may be repeated.

        It may say that other definitions hold by now than were known. What waits in the spool was read under those, so
        it is framed before, as far as its keys are at hand; and no advance is counted from a register read under them.

        Raises:
            Refused: it is for another terminal or ledger, or of another member than the first one.
            NotOpenable: its keys are wrapped for another terminal.
        """
        handover, config = parse_handover(raw), self.config
        named = (handover.chain, handover.org, handover.terminal)
        if named != (self.trust.chain_id, config.org, config.name):
            raise Refused(f"the handover is for terminal {handover.org}/{handover.terminal} on ledger {handover.chain}")
        if self.installed and self.handover().member_key != handover.member_key:
            raise WrongMember(config.name)
        now = self.clock.now()
        if self.installed:
            with suppress(WindowKeyNotFound):
                self.collector(every=0).frame(now)
        before, after = in_force(config, self.handed()), in_force(config, handover.groups)
        self.spool.forget_registers(other_at(before, after, now))
        self.keyring.take(handover)
        save(DiskFiles(), self.paths.handover, raw)
        return handover

    def drivers(self) -> dict[str, Driver[Any]]:
        """A driver for each meter, none connected yet."""
        return self.config.drivers(self.clock)

    def sampler(self, drivers: Mapping[str, Driver[Any]]) -> Sampler:
        return Sampler(self.config, drivers, self.spool, self.clock, self.handed())

    def loop(
        self,
        drivers: Mapping[str, Driver[Any]],
        log_host: HttpLogHostClient,
        tell: Tell,
        every: UtcMillis = FRAME_EVERY,
    ) -> TerminalLoop:
        """The terminal at work, framing as soon as the slots of `every` ms wait, and delivering through `door`."""
        return TerminalLoop(
            self.sampler(drivers),
            self.collector(every=every),
            self.framer,
            self.spool,
            self.keyring,
            self.delivery(log_host),
            self.clock,
            self.trust.header.time_ms,
            tell,
        )

    def delivery(self, log_host: HttpLogHostClient) -> Delivery:
        """What deals with the log host, beside all else here."""
        own = self._stack.enter_context(Spool(self.paths.spool))
        return Delivery(self.config.name, own, self.framer, log_host, self.ledger, self.clock)

    def log_host(self) -> HttpLogHostClient:
        """The way to the log host that the configuration names."""
        handed = self.handover()
        return self._stack.enter_context(HttpLogHostClient(self.config.node, handed.chain, handed.org, handed.log_key))

    def collector(
        self, known: Callable[[], ProvenRootLogHead] | None = None, every: UtcMillis = FRAME_EVERY
    ) -> Collector:
        """What frames this terminal's samples; `known` says what is known of the ledger, if others know it better."""
        return Collector(
            self._groups(),
            self.spool,
            self.framer,
            self.keyring.window_key,
            CLOCK_STATE,
            known or self.ledger.newest,
            every,
        )
