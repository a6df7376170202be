"""The node behind the API: it accepts frames, anchors them when due, and projects them into the readings view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import local

from veriwatt.api.api_node import ChainState, FrameOutcome, NewestFrame, SentAgainOutcome
from veriwatt.energy.factors import FactorTable
from veriwatt.errors import NotFound, Unavailable, VeriwattError
from veriwatt.home.cosignatures import Cosignatures
from veriwatt.home.ledger_engine import FollowerEngine
from veriwatt.home.successions import successions_of
from veriwatt.ids import Digest
from veriwatt.ledger.open_ledger import open_reader, open_relay
from veriwatt.loghost.chain_proofs import check_seen, prove_anchored, prove_one_history
from veriwatt.loghost.checker_pool import CheckerPool
from veriwatt.loghost.data_chain import DataChain
from veriwatt.loghost.org_log import OrgLog
from veriwatt.loghost.proven_sender import ProvenSender, proven_sender
from veriwatt.model.chain.anchored import AnchoredProof
from veriwatt.model.chain.sent_again import SentAgain
from veriwatt.model.evidence.reading_claim import ClaimedSlot
from veriwatt.model.ledger.add_checkpoint import AddCheckpoint
from veriwatt.model.ledger.cosignature import WitnessKey, parse_note
from veriwatt.model.points.point import PointDefinition
from veriwatt.node.chain_lock import SharedChain
from veriwatt.node.frame_outcomes import by_org, outcomes_of, refusals
from veriwatt.node.home import Home
from veriwatt.node.troubles import Troubles
from veriwatt.node.upkeep import Upkeep
from veriwatt.node.view_keeper import ViewKeeper
from veriwatt.node.view_projection import ViewProjection
from veriwatt.ports.ledger import Ledger, LedgerEngine
from veriwatt.reading.evidence.build import build_reading_evidence, evidence_file
from veriwatt.reading.evidence.led import led_file_for_own_readers
from veriwatt.reading.evidence.period_file import period_file
from veriwatt.reading.explorer.explored import Explored
from veriwatt.reading.peer_answers import PeerAnswers
from veriwatt.reading.witness_request import add_checkpoint, checkpoint_at
from veriwatt.readmodel.hash_index import HashIndex
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.system.disk_errors import DiskFull, full_disk
from veriwatt.units import Interval, UtcMillis
from veriwatt.verify.frame_checks import CheckedFrame
from veriwatt.verify.frame_refusals import Equivocation


class NodeService:
    """`api.ApiNode` over a home, for three kinds of threads: docs/adr/0037.

    One thread calls `begin`, `finish`, `proven_sender` and `take_again`, one `upkeep` and `project`; any number of
    threads read, each question inside `reading`. The chains are used under the home's chain lock.
    """

    def __init__(
        self,
        root: Path,
        troubles: Troubles | None = None,
        *,
        refill: bool = False,
        rebuild: bool = False,
        network: LedgerEngine | None = None,
        waiting: dict[str, UtcMillis] | None = None,
    ) -> None:
        """Lock the home, and recover every chain.

        With `refill` also one that lost acknowledged frames; with `rebuild` after deleting what is derived from the
        objects. `network` as `Home`, `waiting` as `Upkeep`.
        """
        with ExitStack() as parts:
            self._home = home = Home(root, refill=refill, network=network)
            parts.callback(home.close)
            self._lock, self._local, self._troubles = home.chain_lock, local(), troubles or Troubles()
            if rebuild:
                home.delete_derived()
            home.factor_tables(home.settings.org)  # a mistake in them is found now
            self._org_logs = {org: home.org_log(org) for org in home.orgs()}
            waiting = {} if waiting is None else waiting
            self.upkeep = Upkeep(
                self._org_logs,
                self._lock,
                home.ledger,
                home.member_client,
                home.settings,
                home.clock,
                waiting,
                home.paths.ledger,
            )
            self._views = ViewKeeper(home.paths.readings, home.ledger.chain_id)
            parts.callback(self._views.close)
            chains = {org: self._shared(org) for org in self._org_logs}
            self._projection = ViewProjection(self._views, home.ledger, home.keys.agent, home.points, chains)
            for org, org_log in self._org_logs.items():
                org_log.require_viewed(self._projection.sizes[org])
            hashes = HashIndex(home.paths.hashes, home.ledger.chain_id)
            parts.callback(hashes.close)
            self.explored = Explored(home.ledger, hashes, home.points, chains, home.paths.index)
            reader = partial(open_reader, home.paths.ledger)
            self._checkers = CheckerPool(home.settings.verify_processes, reader, home.ledger_cache)
            parts.callback(self._checkers.close)
            relay = open_relay(home.ledger, home.bundle_signer())
            parts.callback(relay.close)
            self._peer = PeerAnswers(home.ledger, home.settings.org, home.settings.name, home.clock.now, relay.take)
            parts.callback(self._peer.close)
            self._parts = parts.pop_all()

    def close(self) -> None:
        self._parts.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One question: inside the block this thread sees one state of the readings view."""
        with ExitStack() as stack:
            self._local.stack, self._local.view = stack, None
            yield

    @property
    def ledger(self) -> Ledger:
        return self._home.ledger

    @property
    def points(self) -> Points:
        return self._home.points

    @property
    def peer(self) -> PeerAnswers:
        return self._peer

    @property
    def readings(self) -> ReadingsView:
        if self._local.view is None:
            self._local.view = self._local.stack.enter_context(self._views.reading())
        found: ReadingsView = self._local.view
        return found

    @property
    def follows(self) -> bool:
        return isinstance(self._home.settings.engine, FollowerEngine)

    @property
    def full_disk(self) -> DiskFull | None:
        return full_disk(self._home.paths.ledger)

    def waiting_since(self) -> UtcMillis | None:
        return self.upkeep.waiting_since()

    def take_in(self, accepted: Mapping[str, int]) -> int:
        self._projection.take_in(accepted)
        return sum(max(0, size - self.readings.size(org)) for org, size in accepted.items())

    def factor_tables(self, org: str) -> tuple[FactorTable, ...]:
        return self._home.factor_tables(org)

    def now(self) -> UtcMillis:
        return self._home.clock.now()

    def orgs(self) -> list[str]:
        return list(self._org_logs)

    def begin(self, uploads: Sequence[bytes]) -> None:
        self._checkers.begin(uploads, self.now())

    def finish(self) -> list[FrameOutcome]:
        checked = self._checkers.finish()
        try:
            with self._lock.held():
                outcomes = self._finish(checked)
        except Unavailable as error:
            self._troubles.fails("accept", error)
            raise
        self._troubles.works("accept")
        return outcomes

    def _finish(self, checked: Sequence[CheckedFrame | VeriwattError]) -> list[FrameOutcome]:
        if len(self._org_logs) == 1:
            ((_, org_log),) = self._org_logs.items()
            return self._take(org_log, checked)
        outcomes: dict[int, FrameOutcome] = {}
        for org, places in by_org(checked).items():
            of_org = [checked[i] for i in places]
            found = self._take(self._org_logs[org], of_org) if org in self._org_logs else refusals(of_org)
            outcomes |= zip(places, found, strict=True)
        return [outcomes[i] for i in range(len(checked))]

    def proven_sender(self, upload: bytes) -> ProvenSender | None:
        return proven_sender(upload, self._home.ledger_cache, self._org_logs)

    def chains(self) -> list[ChainState]:
        return [
            ChainState(
                org,
                org_log.chain.size,
                org_log.chain.anchored_size,
                self._projection.sizes[org],
                self.upkeep.unanchored_since(org),
            )
            for org, org_log in self._org_logs.items()
        ]

    def newest_frame(self, org: str, terminal: str) -> NewestFrame | None:
        chain = self._org_logs[org].chain
        with self._lock.held():
            newest = chain.newest(terminal)
        return None if newest is None else NewestFrame(newest[0], newest[1].frame_id, newest[1].header)

    def newest_frames(self, org: str) -> dict[str, NewestFrame]:
        newest = self._shared(org).newest_frames()
        return {frame.terminal: NewestFrame(at, frame.frame_id, frame.header) for at, frame in newest}

    def anchored(self, org: str, position: int, size: int) -> AnchoredProof:
        return prove_anchored(self.ledger, self._chain(org), position, size)

    def one_history(self, org: str, old: int, new: int) -> tuple[Digest, ...]:
        return prove_one_history(self._chain(org), old, new)

    def evidence(self, org: str, point: str, start: UtcMillis) -> bytes:
        positions = self.readings.versions(org, point, start)
        if not positions:
            raise NotFound(f"point {point!r} has no slot that starts then")
        chain, agent, claim = self._shared(org), self._home.keys.agent, ClaimedSlot(org, point, start)
        return self._led(evidence_file(build_reading_evidence(self.ledger, chain, agent, claim, positions[-1])))

    def period_evidence(self, org: str, definition: PointDefinition, period: Interval) -> bytes:
        chain, agent = self._shared(org), self._home.keys.agent
        return self._led(period_file(self.ledger, chain, agent, self.readings, org, definition, period))

    def follow(self) -> None:
        self.upkeep.follow()

    def successions(self) -> tuple[bytes, ...]:
        return successions_of(self._home.paths)

    def cosigned_by(self, witness: WitnessKey) -> tuple[int, int]:
        """The leaves of the root log that the witness cosigned, as far as is stored here, and all there are."""
        stored = (each for each in self._cosignatures().all() if each.witness == witness)
        return next((each.checkpoint.size for each in stored), 0), self.ledger.head().root_log_size

    def add_checkpoint(self, cosigned: int) -> AddCheckpoint:
        """What a witness is asked that cosigned so many leaves last."""
        return add_checkpoint(self.ledger, cosigned)

    def take_in_cosignature(self, note: str, witness: WitnessKey) -> None:
        """Store what a witness answered; durable on return. Raises as `Cosignatures.take_in`."""
        own = checkpoint_at(self.ledger, parse_note(note)[0].size)
        self._cosignatures().take_in(note, witness, own)

    def _cosignatures(self) -> Cosignatures:
        return Cosignatures(self._home.files, self._home.paths.cosigned)

    def trust_file(self) -> bytes:
        return self._home.files.read(self._home.paths.trust)

    def check_seen(self, org: str, size: int) -> int:
        chain = self._chain(org)
        check_seen(chain, size)
        return chain.size

    def take_again(self, org: str, note: str | None, sent: Sequence[SentAgain]) -> SentAgainOutcome:
        self._chain(org)
        org_log = self._org_logs[org]
        with self._lock.held():
            before = org_log.chain.size
            batch = org_log.take_again(note, sent, self.now())
            if org_log.chain.size > before:
                self.upkeep.has_grown(org)
            return SentAgainOutcome(batch.size, batch.note, outcomes_of(org_log, batch, before))

    def project(self) -> bool:
        """Project some frames into the readings view; returns whether more wait. As `ViewProjection.run`."""
        return self._projection.run()

    def _led(self, raw: bytes) -> bytes:
        return led_file_for_own_readers(self.ledger, raw, self._home.trust())

    def _shared(self, org: str) -> SharedChain:
        return SharedChain(self._chain(org), self._lock)

    def _chain(self, org: str) -> DataChain:
        if org not in self._org_logs:
            raise NotFound(f"org {org} has no data chain on this node")
        return self._org_logs[org].chain

    def _take(self, org_log: OrgLog, checked: Sequence[CheckedFrame | VeriwattError]) -> list[FrameOutcome]:
        before = org_log.chain.size
        batch = org_log.accept_checked(checked, self.now(), self._checkers.check_next)
        if org_log.chain.size > before:
            self.upkeep.has_grown(org_log.org)
        if any(isinstance(outcome, Equivocation) for outcome in batch.outcomes):
            self.upkeep.caught(org_log.org)
        return outcomes_of(org_log, batch, before)
