"""Rows of followers whose only peer lies, withholds or is replaced, over HTTP on a network that goes on meanwhile.

Each is a copy as a home has it. It follows its peer while that is honest; then the lie begins, and lasts until the
peer was found out and named or the head is stale. Then the copy is opened with one other peer, which is honest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep

from tests.comet_program import PROGRAM
from tests.drills.rows import Row, none
from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Malformed, VeriwattError
from veriwatt.ids import Digest
from veriwatt.ledger.open_ledger import (
    CopiedLedger,
    PeerAddress,
    Submitter,
    audit_ledger,
    create_followed_ledger,
    open_followed_ledger,
)
from veriwatt.model.chain.anchor import OpenLog
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import header_hash
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.peer_answers import PeerHead, parse_parts, parse_state_answer, parts_answer, state_answer
from veriwatt.ports.ledger import STALE_AFTER, StaleHead, submit
from veriwatt.system.clock import SystemClock
from veriwatt.testing.actors import SimMember, sim_genesis, sim_key
from veriwatt.testing.comet_network import wait_until
from veriwatt.testing.network_faults.anchoring import Anchoring
from veriwatt.testing.network_faults.lying_proxy import Certificate, LyingProxy, Silence
from veriwatt.testing.peer_process import peer_process
from veriwatt.testing.process_network import ProcessNetwork, hashes_between, height_of
from veriwatt.testing.served_peers import newest_trust, served
from veriwatt.units import MINUTE, SECOND

VALIDATORS = 4
BLOCK_PAUSE = 500
RELAY = "grid"

ANCHOR_EVERY = 4.0
"""Seconds between two rounds of anchors of others, which make new heads."""

LOOK_EVERY = 0.5
LATE = 5
"""Seconds beyond three heartbeats in which a stale head is seen, on a loaded machine."""

GOES_ON_WITHIN = 60

LIVES = 500
"""Blocks for which a follower's own transaction is valid: a lie takes less."""

Lie = Callable[[LyingProxy, Path], None]
"""Makes of an honest peer a liar."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of one follower.

    Attributes:
        named: whether the lie was found out, and the peer named with the reason.
        stale: whether the head became stale, and nothing is opened on it.
        seconds: from the last block that was taken until one of both.
        heads: the hashes of the heads that it took, by height.
        resumed: seconds until it was at the network's head through one honest peer.
        anchored: whether its own anchor was accepted then.
        problems: what an audit of its copy finds.
    """

    named: bool
    stale: bool
    seconds: float
    heads: Mapping[int, Digest]
    resumed: float
    anchored: bool
    problems: int


def liar_rows(folder: Path) -> list[Row]:
    """A follower for each lie, at the same time: most of it is waiting for three heartbeats."""
    folder.mkdir()
    units = [SimMember(f"unit{at}", "owner") for at in range(len(LIES) + 1)]
    with _network(folder / "network", units) as (network, anchoring, addresses), ExitStack() as stack:
        twin = folder / "twin"
        twin.mkdir()
        url, _ = stack.enter_context(peer_process(twin, sim_genesis(SimMember("acme", "owner"), name="twin")))
        lies = {**LIES, "serves another chain's blocks": _other_chain(url)}
        trust = network.running[0].run(newest_trust)
        followers = [
            _Follower(
                folder / unit.org,
                network.genesis,
                trust,
                addresses[at % VALIDATORS],
                addresses[(at + 1) % VALIDATORS],
                unit,
            )
            for at, unit in enumerate(units)
        ]
        with ThreadPoolExecutor(len(lies)) as pool:
            running = [pool.submit(each.run, lie) for each, lie in zip(followers, lies.values(), strict=True)]
            while not all(each.done() for each in running):
                anchoring.through(0)
                sleep(ANCHOR_EVERY)
        found = dict(zip(lies, (each.result() for each in running), strict=True))
        chain = network.running[0].run(hashes_between, 1, network.running[0].run(height_of))
    return _rows(found, chain)


class _Follower:
    """The copy of one org: its peer stands behind a proxy; `other` is honest."""

    def __init__(
        self, folder: Path, genesis: Genesis, trust: Trust, peer: PeerAddress, other: PeerAddress, owner: SimMember
    ) -> None:
        self._folder, self._genesis, self._trust = folder, genesis, trust
        self._peer, self._other, self._owner = peer, other, owner
        self._ledger, self._heads = folder / "ledger", dict[int, Digest]()

    def run(self, lie: Lie) -> Followed:
        self._ledger.mkdir(parents=True)
        create_followed_ledger(self._ledger, self._genesis)
        certificate = Certificate(self._folder / "tls")
        with (
            LyingProxy(self._peer.url, certificate) as proxy,
            self._opened(replace(self._peer, url=proxy.url, tls_key=certificate.key)) as copy,
        ):
            self._reach(copy, self._trust.header.height + 1)
            raw = self._owner.sign(OpenLog(sim_key(self._owner.org).public), expiry=copy.head().height + LIVES)
            lie(proxy, self._folder)
            with suppress(VeriwattError):
                copy.broadcast([raw])
            named, stale, seconds = self._lied_to(copy)
        began = monotonic()
        with self._opened(self._other) as copy:
            self._reach(copy, max(self._heads) + 1)
            resumed = monotonic() - began
            anchored = submit(copy, [raw], MINUTE)[0].ok
        return Followed(named, stale, seconds, self._heads, resumed, anchored, len(audit_ledger(self._ledger).problems))

    def _opened(self, peer: PeerAddress) -> CopiedLedger:
        submitter = Submitter(self._owner.org, self._owner.name, self._owner.key)
        return open_followed_ledger(self._ledger, self._trust, [peer], submitter, SystemClock())

    def _reach(self, copy: CopiedLedger, height: int) -> None:
        """Wait until the copy has a block of this height."""

        def reached() -> bool:
            with suppress(VeriwattError):
                return copy.bring_up_to_date().height >= height
            return False

        wait_until(reached)
        self._note(copy)

    def _lied_to(self, copy: CopiedLedger) -> tuple[bool, bool, float]:
        """Wait until the peer was left or the head is stale; says which, and after how many seconds without a block."""
        while True:
            self._note(copy)
            silent = SystemClock().now() - copy.head().time
            (peer,) = copy.following().peers
            named = peer.state == "left" and bool(peer.why)
            stale = False
            try:
                copy.check_followed()
            except StaleHead:
                stale = True
            except VeriwattError:
                pass  # why the peer gives nothing
            if named or stale or silent > STALE_AFTER + MINUTE:
                return named, stale, silent / SECOND
            sleep(LOOK_EVERY)

    def _note(self, copy: CopiedLedger) -> None:
        height = copy.head().height
        self._heads[height] = header_hash(copy.light_block(height).header)


def _other_chain(url: str) -> Lie:
    def lie(proxy: LyingProxy, _folder: Path) -> None:
        proxy.upstream = url

    return lie


def _old_head(proxy: LyingProxy, _folder: Path) -> None:
    given = list[bytes]()

    def edit(raw: bytes) -> bytes:
        given.append(raw)
        return given[0]

    proxy.edits["head"] = edit


def _forged_head(proxy: LyingProxy, _folder: Path) -> None:
    """An old block under the height that comes next."""

    def edit(raw: bytes) -> bytes:
        head = PeerHead.from_bytes(raw)
        header = replace(head.light.header, height=head.light.header.height + 1)
        return replace(head, light=replace(head.light, header=header)).to_bytes()

    proxy.edits["head"] = edit


def _false_absence(proxy: LyingProxy, _folder: Path) -> None:
    def edit(raw: bytes) -> bytes:
        part = parse_state_answer(raw)
        return state_answer(replace(part, values=tuple(None for _ in part.values)))

    proxy.edits["state"] = edit


def _fewer_rows(proxy: LyingProxy, _folder: Path) -> None:
    """Rows of the state are left out where whole parts of it are asked for."""

    def edit(raw: bytes) -> bytes:
        try:
            return parts_answer([(n, rows[1:]) for n, rows in parse_parts(raw)])
        except Malformed:
            return raw  # the summaries

    proxy.edits["parts"] = edit


def _silence(proxy: LyingProxy, _folder: Path) -> None:
    def edit(_raw: bytes) -> bytes:
        raise Silence

    proxy.edits["*"] = edit


def _no_blocks(proxy: LyingProxy, _folder: Path) -> None:
    def edit(_raw: bytes) -> bytes:
        raise Silence

    proxy.edits |= dict.fromkeys(("head", "block"), edit)


def _other_key(proxy: LyingProxy, folder: Path) -> None:
    proxy.certificate = Certificate(folder / "other tls")


def _other_program(proxy: LyingProxy, _folder: Path) -> None:
    proxy.edits["*"] = lambda _: b"<html>welcome</html>"


LIES: dict[str, Lie] = {
    "serves an old head as new": _old_head,
    "serves a head that nobody signed": _forged_head,
    "denies a record that is there": _false_absence,
    "leaves rows of the state out": _fewer_rows,
    "gives no answer": _silence,
    "withholds blocks": _no_blocks,
    "is replaced by one with another TLS key": _other_key,
    "is replaced by another program": _other_program,
}


@contextmanager
def _network(folder: Path, units: Sequence[SimMember]) -> Iterator[tuple[ProcessNetwork, Anchoring, list[PeerAddress]]]:
    """Validators that answer followers, an org of theirs that anchors, and the founders that will follow."""
    folder.mkdir()
    owner = SimMember(RELAY, "owner")
    genesis = sim_genesis(owner, *units, validators=VALIDATORS)
    with ProcessNetwork(folder, genesis, PROGRAM, block_pause=BLOCK_PAUSE) as network:
        network.run(*range(VALIDATORS))
        network.wait_for_blocks()
        anchoring = Anchoring(network, [owner])
        anchoring.open_logs(0)
        seed = sha256(f"veriwatt simulated key: member {RELAY}/owner".encode())
        with served(network, range(VALIDATORS), RELAY, seed) as addresses:
            yield network, anchoring, addresses


def _rows(found: Mapping[str, Followed], chain: Mapping[int, Digest]) -> list[Row]:
    rows = list[Row]()
    within = STALE_AFTER // SECOND + LATE
    for lie, each in found.items():
        name = f"a follower whose only peer {lie}"
        what = "it is named" if each.named else "the head is stale"
        rows.append(Row(f"{name}: {what} after", round(each.seconds, 1), "s", f"<= {within}"))
        rows.append(Row(f"{name}: goes on by another peer in", round(each.resumed, 1), "s", f"<= {GOES_ON_WITHIN}"))
    name, all_found = "followers whose only peer lies", list(found.values())
    taken = [(height, each) for one in all_found for height, each in one.heads.items()]
    return [
        *rows,
        Row(f"{name}: lies", len(all_found), "lies", f">= {len(LIES) + 1}"),
        none(f"{name}: neither named nor stale", sum(not each.named and not each.stale for each in all_found), "peers"),
        none(f"{name}: blocks taken that are not the chain's", sum(chain[at] != each for at, each in taken), "blocks"),
        none(f"{name}: transactions that were lost", sum(not each.anchored for each in all_found), "transactions"),
        none(f"{name}: problems that audits find", sum(each.problems for each in all_found), "problems"),
    ]
