"""The wiring of a node: which class serves which port, over the files of one home.

Parts are opened in the order of recovery: ledger, index, data chain, then the readings view.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

import structlog

import veriwatt
from veriwatt.crypto.signing import Signer
from veriwatt.energy.calendar import Zone
from veriwatt.energy.factors import FactorTable
from veriwatt.errors import BadInput, FileLost, NotFound
from veriwatt.home.ledger_engine import FollowerEngine
from veriwatt.home.opened_home import OpenedHome
from veriwatt.home.own_tables import read_own_tables
from veriwatt.importing.import_readings import ReadingsImport
from veriwatt.importing.plan import Planner
from veriwatt.ledger.open_ledger import (
    NotCopiedYet,
    PeerAddress,
    SignBundle,
    Submitter,
    open_copy,
    open_followed_ledger,
    open_ledger,
    open_reader,
    other_peers,
    registered_peer,
)
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.loghost.org_log import OrgLog
from veriwatt.loghost.recorder import LocalLogHostClient, Recorder
from veriwatt.machine.anchors import queries as anchor_queries
from veriwatt.machine.members import queries as member_queries
from veriwatt.machine.terminals import queries as terminal_queries
from veriwatt.membership.member_client import MemberClient
from veriwatt.membership.new_ledger import OWNER
from veriwatt.membership.signing_member import NoSigningKey, signing_member
from veriwatt.membership.software_terminal import (
    check_may_record,
    newest_software_terminal,
    replace_software_terminal,
    software_terminal,
)
from veriwatt.model.evidence.trust_file import Trust, parse_trust
from veriwatt.model.frames.build import FrameContext
from veriwatt.model.frames.frame import Frame, parse_frame
from veriwatt.model.frames.origin import Origin
from veriwatt.model.ledger.bundle import sign_bundle
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.terminals.contradiction import SignedHeader
from veriwatt.model.terminals.passport import Passport
from veriwatt.node.chain_lock import ChainLock, LedgerBesideChains
from veriwatt.node.derived_files import (
    delete_damaged_index,
    delete_damaged_view,
    delete_index_and_tiles,
    open_index,
    open_view,
)
from veriwatt.node.engine_check import check_engine
from veriwatt.node.own_spools import open_spool, spooled_frames
from veriwatt.node.unopened_groups import warn_of_unopened
from veriwatt.ports.clock import Clock
from veriwatt.ports.key_agent import Purpose
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.reading.explorer.explored import Explored
from veriwatt.reading.project import Projected, project
from veriwatt.readmodel.frame_index import FrameIndex, IndexDamaged
from veriwatt.readmodel.group_opener import GroupOpener
from veriwatt.readmodel.hash_index import HashIndex
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.readings_tables import ViewDamaged
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.store.local_blobs import LocalStore
from veriwatt.system.clock import CLOCK_STATE
from veriwatt.system.disk_errors import is_read_only
from veriwatt.terminal.framing.framer import Framer, upload_of
from veriwatt.terminal.spool.spool import Spool
from veriwatt.units import UtcMillis

T = TypeVar("T")


class Home(OpenedHome):
    """The parts of a node over its home, opened when first asked for, and closed with it."""

    def __init__(
        self, root: Path, clock: Clock | None = None, *, refill: bool = False, network: LedgerEngine | None = None
    ) -> None:
        """Lock the home at `root`; raises as `OpenedHome` does.

        With `refill` chains that lost acknowledged frames are opened too, to be filled again. `network` is the home's
        ledger where this process runs its node; it stays open when the home is closed.
        """
        super().__init__(root, clock)
        self._refill, self._network = refill, network
        self._org_logs: dict[str, OrgLog] = {}
        self._readings: ReadingsView | None = None
        self._recorders: dict[tuple[str, str], Recorder] = {}
        self.chain_lock = ChainLock()

    @cached_property
    def ledger(self) -> LedgerEngine:
        """The ledger, to be written; on a read-only file system, where nobody writes it, to be read."""
        if self._network is not None:
            return self._network
        check_engine(self.paths, self.settings)
        if is_read_only(self.paths.root):
            return self._stack.enter_context(open_reader(self.paths.ledger))
        if isinstance(self.settings.engine, FollowerEngine):
            return self._stack.enter_context(self._followed_ledger(self.settings.engine))
        return self._stack.enter_context(open_ledger(self.paths.ledger, self.keys.consensus, self.clock))

    def _followed_ledger(self, engine: FollowerEngine) -> LedgerEngine:
        org, trust = self.settings.org, self.trust()
        if trust is None:
            raise FileLost(str(self.paths.trust))
        if not structlog.is_configured():  # a command, whose answer alone goes to stdout
            structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
        names = self.keys.members(org)
        name = OWNER if OWNER in names or not names else names[0]
        submitter = Submitter(org, name, self.keys.member(org, name))
        return open_followed_ledger(self.paths.ledger, trust, self._peers(engine), submitter, self.clock)

    def _peers(self, engine: FollowerEngine) -> list[PeerAddress]:
        """The peers of the settings, each also by its node record in the copy: it may have another key by now.

        After them a few others that have a record.
        """
        found, others = list[PeerAddress](), list[PeerAddress]()
        named = {(peer.org, peer.node) for peer in engine.peers} | {(self.settings.org, self.settings.name)}
        with open_copy(self.paths.ledger) as copy:
            for peer in engine.peers:
                found.append(peer)
                with suppress(NotCopiedYet):
                    registered = registered_peer(copy, peer.org, peer.node)
                    if registered is not None and registered != peer:
                        found.append(registered)
            with suppress(NotCopiedYet):
                others = other_peers(copy, copy.genesis, named)
        return [*found, *others]

    @cached_property
    def blobs(self) -> LocalStore:
        return LocalStore(self.files, self.paths.objects)

    @cached_property
    def index(self) -> FrameIndex:
        index = open_index(self.paths.index)
        self._stack.callback(index.close)
        return index

    def delete_derived(self) -> None:
        """Delete the index and the tiles, which opening the data chains makes again; before any of them is open."""
        delete_index_and_tiles(self.paths)

    @property
    def readings(self) -> ReadingsView:
        if self._readings is None:
            self._readings = open_view(self.paths.readings, self.ledger.chain_id)
            self._stack.callback(self._close_view)
        return self._readings

    def _close_view(self) -> None:
        view, self._readings = self._readings, None
        if view is not None:
            view.close()

    @cached_property
    def ledger_cache(self) -> LedgerCache:
        return LedgerCache(self.ledger)

    @cached_property
    def points(self) -> Points:
        return Points(self.ledger)

    @cached_property
    def explored(self) -> Explored:
        """What the explorer looks at; the index of hashes has come as far as it was last asked."""
        hashes = HashIndex(self.paths.hashes, self.ledger.chain_id)
        self._stack.callback(hashes.close)
        chains = {org: self.org_log(org).chain for org in self.orgs()}
        return Explored(self.ledger, hashes, self.points, chains, self.paths.index)

    @cached_property
    def _own_tables(self) -> tuple[FactorTable, ...]:
        return read_own_tables([self.paths.root / name for name in self.settings.factors])

    def factor_tables(self, org: str) -> tuple[FactorTable, ...]:
        """The org's own tables of factors by the settings; none of another org than the home's."""
        return self._own_tables if org == self.settings.org else ()

    @cached_property
    def opener(self) -> GroupOpener:
        return GroupOpener(self.ledger_cache, self.keys.agent, Purpose.VIEW)

    def trust(self) -> Trust | None:
        """The home's own trust file; None where there is none. Raises BadTrustFile if it is damaged."""
        path = self.paths.trust
        return parse_trust(self.files.read(path), str(path)) if path.exists() else None

    def orgs(self) -> list[str]:
        """The orgs whose data chain this node keeps."""
        found = (o.org for o in member_queries.organisations(self.ledger))
        orgs = [org for org in found if anchor_queries.log_key(self.ledger, org) is not None]
        return [org for org in orgs if self.keys.has_log(org)]

    def org(self, named: str = "") -> str:
        """The org `named`, or that of the settings; raises BadInput when its data chain is not kept here."""
        org = named or self.settings.org
        if org not in (orgs := self.orgs()):
            raise BadInput(where="org", value=org, why="no such org here", remedy=f"the orgs are {', '.join(orgs)}")
        return org

    def orgs_named(self, named: str) -> list[str]:
        """The org `named`, or every org; raises BadInput as `org` does."""
        return [self.org(named)] if named else self.orgs()

    def org_log(self, org: str) -> OrgLog:
        """The org's data chain, opened and recovered; its high-water mark is raised when the home is closed."""
        if org not in self._org_logs:
            try:
                self._org_logs[org] = self._open_org_log(org)
            except IndexDamaged as error:
                if self._org_logs:  # they use the index
                    raise
                self.index.close()
                delete_damaged_index(self.paths.index, error)
                del self.index
                self._org_logs[org] = self._open_org_log(org)
        return self._org_logs[org]

    def _open_org_log(self, org: str) -> OrgLog:
        org_log = OrgLog(
            org,
            self.files,
            self.paths,
            self.blobs,
            self.index,
            LedgerBesideChains(self.ledger, self.chain_lock),
            self.ledger_cache,
            self.keys.log(org),
            lambda body: self.member_client(org).sign(body),  # who signs may change while the home is open
            self.clock,
            refill=self._refill,
        )
        self._stack.callback(org_log.close)
        if org_log.is_refilling:
            org_log.refill_from(*self._spooled(org, org_log.chain.size))
        return org_log

    def member_client(self, org: str, member: str = "") -> MemberClient:
        """The client of a member whose key is here; by default of the one that signs for the org here."""
        name = member or signing_member(self.ledger, self.keys, org)
        return MemberClient(self.ledger, org, name, self.keys.member(org, name), os.urandom)

    def bundle_signer(self) -> SignBundle | None:
        """Signs the bundles of this node's relay; None where no member's key is here that may relay."""
        org = self.settings.org
        try:
            name = signing_member(self.ledger, self.keys, org)
        except NoSigningKey:
            return None
        return partial(sign_bundle, self.keys.member(org, name), self.ledger.chain_id, org, name)

    def view(self) -> ReadingsView:
        """The readings view, with all frames of every org here; one whose file is damaged is made anew."""
        try:
            self._project_all()
        except ViewDamaged as error:
            self._delete_view(error)
            self._project_all()
        return self.readings

    def read(self, question: Callable[[ReadingsView], T]) -> T:
        """What `question` learns from the view with all frames; if it meets damage, it is asked again of a new view."""
        try:
            return question(self.view())
        except ViewDamaged as error:
            self._delete_view(error)
            return question(self.view())

    def _delete_view(self, error: ViewDamaged) -> None:
        self._close_view()
        delete_damaged_view(self.paths.readings, error)

    def _project_all(self) -> None:
        for org in self.orgs():
            self.project(org)

    def project(self, org: str) -> Projected:
        """Project the org's new frames into the readings view."""
        org_log = self.org_log(org)
        org_log.require_viewed(self.readings.size(org))  # the view may have frames that the chain lost
        with self.ledger.snapshot() as now:
            done = project(org_log.chain, AnchorLog(now, org), self.readings, self.opener, self.points.record)
        warn_of_unopened(org, done)
        return done

    def zone(self, definition: PointDefinition) -> Zone:
        return Zone.parse(definition.timezone)

    def recorder(self, org: str, terminal: str = "") -> Recorder:
        """The org's software terminal, enrolled and certified by the org, joined to the log host in this process."""
        name = terminal or newest_software_terminal(self.ledger, org)
        if (org, name) not in self._recorders:
            self._recorders[org, name] = self._new_recorder(org, name)
        return self._recorders[org, name]

    def replace_software_terminal(self, org: str) -> Passport:
        """Enrol and certify a successor of the org's software terminal; Refused while that is not revoked."""
        member, key, now = self.member_client(org), partial(self._software_key, org), self.clock.now()
        return replace_software_terminal(self.ledger, member, key, veriwatt.__version__, now)

    def refused_header(self, org: str, terminal: str = "") -> tuple[SignedHeader, str]:
        """The signed header of the frame that the log host refuses of a software terminal here, and why.

        Raises:
            NotFound: no frame of it is refused.
        """
        name = terminal or newest_software_terminal(self.ledger, org)
        refused = self.recorder(org, name).refused() if self.has_spool(org, name) else None
        if refused is None:
            raise NotFound(f"no frame of terminal {org}/{name} in this home is refused")
        key = self.keys.terminal(org, name)
        return SignedHeader.of(parse_frame(upload_of(refused.frame, key)).envelope), refused.answer.why

    def has_spool(self, org: str, terminal: str = "") -> bool:
        return self._spool_path(org, terminal or newest_software_terminal(self.ledger, org)).is_file()

    def readings_import(self, org: str = "") -> ReadingsImport:
        """The import of readings into an org; first makes final the frames that an interrupted import left."""
        name = self.org(org)
        resumed = self.recorder(name).finish() if self.has_spool(name) else 0
        return ReadingsImport(
            self.import_planner(name),
            self.member_client(name),
            self.points,
            self.keys,
            self.org_log(name).chain,
            lambda: self.recorder(name),
            self.frame_context,
            resumed,
        )

    def import_planner(self, org: str = "") -> Planner:
        """The plan of imports into an org; it writes nothing."""
        name = self.org(org)
        may_record = partial(self.check_may_record, name)
        return Planner(self.member_client(name), self.points, self.view(), self.clock.now(), may_record)

    def check_may_record(self, org: str, now: UtcMillis, terminal: str = "") -> None:
        """Raise Refused unless the log host accepts the frames that an org's software terminal makes at `now`."""
        check_may_record(self.ledger, org, terminal or newest_software_terminal(self.ledger, org), now)

    def frame_context(self, origin: Origin) -> FrameContext:
        """The context of frames that are made now from `origin`."""
        head = self.ledger.head()
        return FrameContext(self.clock.now(), origin, head.root_log_size, head.root_log_leaf, CLOCK_STATE)

    def _new_recorder(self, org: str, terminal: str) -> Recorder:
        key, firmware, now = self._software_key(org, terminal), veriwatt.__version__, self.clock.now()
        passport = software_terminal(self.ledger, self.member_client(org), terminal, key, firmware, now)
        org_log, spool = self.org_log(org), self._spool(org, terminal)
        framer = Framer(self.ledger.chain_id, org, terminal, passport.version, key, spool, os.urandom)
        log_host = LocalLogHostClient(org_log.acceptance, self.clock.now)
        may_record = partial(self.check_may_record, org, terminal=terminal)
        return Recorder(spool, framer, log_host, org_log.anchor, may_record)

    def _software_key(self, org: str, terminal: str) -> Signer:
        """The signing key of a software terminal, made if it is missing."""
        self.keys.make_signers(f"terminal/{org}/{terminal}")
        return self.keys.terminal(org, terminal)

    def _spooled(self, org: str, size: int) -> tuple[list[tuple[int, Frame]], list[Frame]]:
        """The frames of software terminals here that had a position from `size` on, and those without one."""
        terminals = [passport.terminal for passport in terminal_queries.passports(self.ledger, org)]
        here = [terminal for terminal in terminals if self.has_spool(org, terminal)]
        spools = [(self._spool_path(org, each), self.keys.terminal(org, each)) for each in here]
        return spooled_frames(spools, size, anchor_queries.log_epochs(self.ledger, org))

    def _spool(self, org: str, terminal: str) -> Spool:
        """The spool of a terminal in this process; raises as `open_spool`."""
        path = self._spool_path(org, terminal)
        newest = self.org_log(org).chain.tips.get(terminal)
        if newest is None:
            self.files.make_folder(path.parent)
        return self._stack.enter_context(open_spool(path, newest, anchor_queries.log_epochs(self.ledger, org)))

    def _spool_path(self, org: str, terminal: str) -> Path:
        return self.paths.spool(f"{org}.{terminal}")
