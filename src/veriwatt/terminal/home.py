"""A terminal's own home: it opens the files, and wires meters, spool, keys and log host together."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import veriwatt
from veriwatt.crypto.signing import PublicKey
from veriwatt.errors import NotFound, WrongFormat
from veriwatt.home.home_format import FORMAT, REMEDY, TERMINAL, check_format_stated, check_home_format
from veriwatt.home.key_store_file import open_key_store
from veriwatt.model.evidence.trust_file import Trust, parse_trust, render
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.terminals.contradiction import SignedHeader
from veriwatt.model.terminals.handover import HandedGroup, Handover, new_request, parse_handover
from veriwatt.ports.clock import Clock
from veriwatt.system.clock import CLOCK_STATE, SystemClock
from veriwatt.system.exclusive_lock import exclusive_lock
from veriwatt.system.files import DiskFiles, make_private, save
from veriwatt.system.resource_stack import ResourceStack
from veriwatt.terminal.config.terminal_config import TerminalConfig
from veriwatt.terminal.config.terminal_toml import load_config
from veriwatt.terminal.delivery.delivery import Delivery, Report
from veriwatt.terminal.delivery.http_log_host import HttpLogHostClient
from veriwatt.terminal.delivery.trusted_head import TrustedHead
from veriwatt.terminal.drivers.base import Driver
from veriwatt.terminal.enrolment.acceptance import check_acceptable
from veriwatt.terminal.enrolment.keyring import Keyring, WindowKeyNotFound
from veriwatt.terminal.enrolment.learnt_versions import LearntVersion
from veriwatt.terminal.framing.frame_scheduler import FRAME_EVERY, FrameScheduler
from veriwatt.terminal.framing.framed_group import requested_groups
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.framing.restate import GivenUp, replaced_slots, samples_in
from veriwatt.terminal.home_files import TerminalPaths
from veriwatt.terminal.known_definitions import KnownDefinitions
from veriwatt.terminal.loop import TerminalLoop
from veriwatt.terminal.remedies import remedies_for_points
from veriwatt.terminal.sampling.definition_timeline import points_changed
from veriwatt.terminal.sampling.sampler import Sampler
from veriwatt.terminal.spool.restatement_book import RestatementBook
from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spooled_frame import SpooledFrame
from veriwatt.units import UtcMillis
from veriwatt.utc_text import utc_text
from veriwatt.verify.root_log_head import ProvenRootLogHead

MODEL = "veriwatt terminal"
"""The device model in an enrolment request."""

LOST_KEYS = "keys are never copied from a terminal: make a new home with `veriwatt terminal init`, and enrol it"
"""The remedy if a terminal's key store is lost."""


class TerminalHome(ResourceStack):
    """A terminal's home; unless opened for reading only, this process holds its exclusive lock until `close`."""

    def __init__(self, root: Path, clock: Clock | None = None, *, reading: bool = False) -> None:
        """Open the home at `root`; with `reading` without its lock, so that another process may use it meanwhile.

        Raises:
            NotFound: `root` is not a terminal's home.
            BadInput: it is a node's home.
            WrongFormat: a release with other files made the home.
            FileLost: the home lost its format file.
            HomeLocked: another process has its lock.
        """
        super().__init__()
        self.clock: Clock = clock or SystemClock()
        self.paths = TerminalPaths(root)
        check_home_format(root, TERMINAL)
        if not self.paths.config.is_file() or not self.paths.keystore.is_file():
            raise NotFound(f"{root} is not a terminal's home; `veriwatt terminal init` makes one")
        if not self.paths.format.exists() and self.paths.trust.is_file():
            self._check_trust_format()
        check_format_stated(root)
        self._reading = reading
        if not reading:
            make_private(root)
            self._stack.enter_context(exclusive_lock(self.paths.lock))

    def _check_trust_format(self) -> None:
        """Raise WrongFormat for a home that is older than its marker."""
        try:
            _ = self.trust
        except WrongFormat as error:
            raise WrongFormat(f"the {TERMINAL} {self.paths.root}", error.found, FORMAT, REMEDY) from error

    @cached_property
    def config(self) -> TerminalConfig:
        return load_config(self.paths.config)

    @cached_property
    def trust(self) -> Trust:
        return parse_trust(DiskFiles().read(self.paths.trust), str(self.paths.trust))

    @cached_property
    def trusted_head(self) -> TrustedHead:
        """The newest head of the ledger's root log that was proven to this terminal."""
        files, path = DiskFiles(), self.paths.root_log
        saved = files.read(path) if files.exists(path) else None
        return TrustedHead(
            self.trust,
            saved,
            lambda raw: save(files, path, raw),
            lambda trust: save(files, self.paths.trust, render(trust)),
        )

    @cached_property
    def keyring(self) -> Keyring:
        return Keyring(*open_key_store(self.paths.keystore, LOST_KEYS))

    @cached_property
    def spool(self) -> Spool:
        return self._stack.enter_context(Spool(self.paths.spool, reading=self._reading))

    @cached_property
    def framer(self) -> Framer:
        to, signer = self.definitions.handover(), self.keyring.signer
        return Framer(self.trust.chain_id, to.org, to.terminal, to.passport_version, signer, self.spool, os.urandom)

    @cached_property
    def definitions(self) -> KnownDefinitions:
        return KnownDefinitions(self.paths, self.config)

    @property
    def has_handover(self) -> bool:
        """Whether a handover of the org was accepted."""
        return self.definitions.has_handover

    def request(self) -> bytes:
        """A signed request to be enrolled, or to get new window keys; it contains no secret."""
        config, keyring, now = self.config, self.keyring, self.clock.now()
        points = {point for group in self.definitions.groups() for point in group.points}
        unframed, unfinal = self.spool.unframed(sorted(points), now).values(), self.spool.first_unfinal_end()
        request = new_request(
            keyring.signer,
            self.trust.chain_id,
            config.org,
            config.name,
            MODEL,
            veriwatt.__version__,
            keyring.receiving_key,
            min([now if unfinal is None else unfinal - 1, *(int(columns.starts[0]) for columns in unframed)]),
            requested_groups(config),
        )
        return request.sign(keyring.signer)

    def accept(
        self, raw: bytes, may_number: Callable[[], None] | None = None, member_key: PublicKey | None = None
    ) -> Handover:
        """Accept a handover: its window keys are durable first, then the handover itself; may be repeated.

        The handover may change the definitions in force. Samples that wait were read under the present ones: those of
        the points concerned are framed first, as far as there are window keys. An interval is never computed from two
        register readings under different definitions.

        Args:
            may_number: raises unless the terminal may number frames; by default it asks its log host.
            member_key: the key that must have signed it; by default that of the first handover.

        Raises:
            Unavailable: samples must be framed first, and the log host does not answer; call again later.
            Malformed, BadSignature: it is not a handover, or not signed by the key that it names.
            Refused: it is for another terminal or ledger, or another member than the first one signed it.
            NotOpenable: its keys are wrapped for another terminal.
        """
        handover, known, config = parse_handover(raw), self.definitions, self.config
        present = known.handover() if known.has_handover else None
        check_acceptable(handover, self._chains, config.org, config.name, present, member_key)

        def store() -> None:
            self.keyring.take(handover)
            save(DiskFiles(), self.paths.handover, raw)

        self._change(known.after(handover), may_number or self._ask_to_number, store)
        return handover

    def learn(self, versions: Sequence[LearntVersion]) -> list[str]:
        """Work under proven versions of its groups, durably; may be repeated. Returns what an operator is told.

        The terminal may number frames when this is called. Raises as `accept`.
        """
        known = self.definitions
        self._change(known.after(known.handover(), versions), lambda: None, lambda: known.add(versions))
        told = [
            f"group {each.group!r}: version {each.version.n} is on the ledger, in force from "
            f"{utc_text(each.version.in_force_from)} on"
            for each in versions
        ]
        return [*told, *remedies_for_points(known.waiting(self.clock.now()))] if told else []

    def _change(self, handed: Sequence[HandedGroup], may_number: Callable[[], None], store: Callable[[], None]) -> None:
        """Frame what was read under definitions that end now, then `store` those of `handed` and state again."""
        known, now = self.definitions, self.clock.now()
        changed = points_changed(known.timelines(known.handed_groups()), known.timelines(handed), now)
        if known.has_handover and self.spool.unframed(changed, now):
            may_number()
            with suppress(WindowKeyNotFound):
                self.frame_scheduler(every=0).frame(now)
        self.spool.forget_registers(changed)
        store()
        self.restate_replaced()

    def _ask_to_number(self) -> None:
        self.delivery(self.log_host()).check_newest()

    def restate_replaced(self) -> int:
        """Let slots that were stated under a replaced definition wait to be framed again; returns how many do now.

        May be repeated: a call that was cut off before the samples were durable leaves all to the next.
        """
        groups, book = self.definitions.groups(), RestatementBook(self.spool.file)
        first = {name: min(g.n for g in groups if g.name == name) for name in {g.name for g in groups}}
        later = [group.since for group in groups if group.n > first[group.name]]
        if not later:
            return 0
        frames = (self.spool.frame(number) for number in book.numbers_after(min(later)))
        suite = self.keyring.signer.public.suite.number
        found = replaced_slots(
            (frame for frame in frames if frame), suite, groups, self.keyring.window_key, book.is_restated
        )
        book.add(found.samples, found.done)
        return len(found.samples)

    def drivers(self) -> dict[str, Driver[Any]]:
        """A driver for each meter, none connected yet."""
        return self.config.drivers(self.clock)

    def sampler(self, drivers: Mapping[str, Driver[Any]]) -> Sampler:
        return Sampler(self.config, drivers, self.spool, self.clock, self.definitions.handed_groups())

    def loop(
        self,
        drivers: Mapping[str, Driver[Any]],
        log_host: HttpLogHostClient,
        report: Report,
        every: UtcMillis = FRAME_EVERY,
    ) -> TerminalLoop:
        """The running terminal: it makes a frame when slots of `every` ms wait, and delivers frames to `log_host`."""
        self.restate_replaced()
        return TerminalLoop(
            self.definitions.newest,
            self.learn,
            lambda: (self.sampler(drivers), self.frame_scheduler(every=every)),
            self.framer,
            self.spool,
            self.keyring,
            self.delivery(log_host, report),
            self.clock,
            self.trust.header.time_ms,
            report,
        )

    def delivery(self, log_host: HttpLogHostClient, report: Report = lambda _code, _message: None) -> Delivery:
        """The delivery of this terminal's frames, with its own connection to the spool."""
        own = self._stack.enter_context(Spool(self.paths.spool))
        restated = RestatementBook(own.file).is_restated

        def values_of(frame: SpooledFrame) -> GivenUp:
            """The values in a frame of this terminal, but those that were stated again already."""
            suite = self.keyring.signer.public.suite.number
            return samples_in(frame, suite, self.definitions.groups(), self.keyring.window_key, restated)

        return Delivery(self.config.name, own, self.framer, log_host, self.trusted_head, self.clock, values_of, report)

    @property
    def _chains(self) -> list[str]:
        """The line of ledgers that ends with the trusted one; the eldest is in the names of the data chains' logs."""
        return [*(each.chain_id for each in self.trust.predecessors), self.trust.chain_id]

    def log_host(self) -> HttpLogHostClient:
        """The client of the log host that the configuration names."""
        handover, config = self.definitions.handover(), self.config
        client = HttpLogHostClient(
            config.node, self._chains[0], handover.org, handover.log_key, fingerprint=config.fingerprint
        )
        return self._stack.enter_context(client)

    def frame_scheduler(
        self, root_log_head: Callable[[], ProvenRootLogHead] | None = None, every: UtcMillis = FRAME_EVERY
    ) -> FrameScheduler:
        """The scheduler of this terminal's frames; headers name `root_log_head()`, by default the trusted head."""
        return FrameScheduler(
            self.definitions.groups(),
            self.spool,
            self.framer,
            self.keyring.window_key,
            CLOCK_STATE,
            root_log_head or self.trusted_head.newest,
            every,
        )

    def refused_header(self) -> SignedHeader:
        """The signed header of the oldest frame that the log host has not accepted; NotFound when there is none."""
        pending = self.spool.pending(1)
        if not pending:
            raise NotFound(f"every frame that terminal {self.config.name} signed is accepted")
        return SignedHeader.of(parse_frame(self.framer.upload(pending[0])).envelope)
