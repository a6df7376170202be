"""How the nodes of a network on this machine stand: read from their files, beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.errors import NotFound, Unavailable
from veriwatt.home.ledger_engine import FollowerEngine
from veriwatt.home.paths import HomePaths
from veriwatt.ids import Digest
from veriwatt.ledger.open_ledger import network_peers, open_reader
from veriwatt.node.engine_check import checked_settings
from veriwatt.ports.ledger import STALE_AFTER
from veriwatt.system.exclusive_lock import serving_process
from veriwatt.units import UtcMillis


@dataclass(frozen=True, slots=True)
class NodeState:
    """One node: height 0 before the first block, and of a follower before it has a copy of the ledger.

    `peers` are the nodes that it is connected to, of a follower those that it may ask; None if it does not run.
    """

    org: str
    home: str
    pid: int | None
    follower: bool
    height: int
    time: UtcMillis | None
    app_hash: Digest | None
    peers: int | None

    def is_stale(self, now: UtcMillis) -> bool:
        """Whether it is a follower, and its peers gave it no block of the last three heartbeats."""
        return self.follower and self.time is not None and now - self.time > STALE_AFTER


@dataclass(frozen=True, slots=True)
class NetworkState:
    """All nodes, and what those that keep every block have in common.

    Attributes:
        common: the highest block that all of them have; of followers alone, the lowest that one has.
        hashes: their app hashes of it, by the org.
        contradicted: the followers whose newest block has another app hash than a node that keeps every block.
    """

    nodes: tuple[NodeState, ...]
    common: int
    hashes: dict[str, Digest]
    contradicted: tuple[str, ...]

    @property
    def agree(self) -> bool:
        """Whether they have the same app hash at the highest block that all have; also before there is one."""
        return len(set(self.hashes.values())) <= 1 and not self.contradicted

    @property
    def agrees_on_a_block(self) -> bool:
        full = sum(not node.follower for node in self.nodes)
        return self.agree and len(self.hashes) >= full and all(node.height > 0 for node in self.nodes)

    @property
    def height(self) -> int:
        return max(node.height for node in self.nodes)

    def is_well(self, now: UtcMillis) -> bool:
        """Whether every node runs, all agree, and no follower is stale."""
        running = all(node.pid is not None and not node.is_stale(now) for node in self.nodes)
        return self.agrees_on_a_block and running


def network_state(homes: Sequence[HomePaths]) -> NetworkState:
    """The state of the nodes of these homes, at least one.

    Raises:
        Corrupted, FileLost: the files of a ledger are damaged or gone.
        BadInput: the settings of a home name another engine than its ledger has.
    """
    nodes = tuple(map(_node_state, homes))
    full = [(home, node) for home, node in zip(homes, nodes, strict=True) if not node.follower]
    common = min(node.height for node in [node for _, node in full] or nodes)
    hashes = dict[str, Digest]()
    for home, node in full if common else ():
        if (found := _app_hash(home, common)) is not None:
            hashes[node.org] = found
    kept = [home for home, _ in full]
    contradicted = tuple(node.org for node in nodes if node.follower and _is_contradicted(node, kept))
    return NetworkState(nodes, common, hashes, contradicted)


def is_follower(home: HomePaths) -> bool:
    """Whether the node of a home follows the ledger; raises BadInput where settings and files differ in that."""
    return isinstance(checked_settings(home).engine, FollowerEngine)


def _node_state(home: HomePaths) -> NodeState:
    settings, found = checked_settings(home), serving_process(home.lock)
    pid = None if found is None else found.pid
    peers, follower = None if pid is None else _peers(home), False
    if isinstance(settings.engine, FollowerEngine):
        peers, follower = None if pid is None else len(settings.engine.peers), True
    try:
        with open_reader(home.ledger) as ledger:
            head = ledger.head()
    except Unavailable:
        return NodeState(settings.org, str(home.root), pid, follower, 0, None, None, peers)
    return NodeState(settings.org, str(home.root), pid, follower, head.height, head.time, head.app_hash, peers)


def _peers(home: HomePaths) -> int | None:
    try:
        return len(network_peers(home.ledger))
    except Unavailable:
        return None


def _is_contradicted(follower: NodeState, kept: Sequence[HomePaths]) -> bool:
    """Whether a node that has the follower's newest block has another app hash of it."""
    if not follower.height:
        return False
    return any(_app_hash(home, follower.height) not in (None, follower.app_hash) for home in kept)


def _app_hash(home: HomePaths, height: int) -> Digest | None:
    """The app hash of a block; None where a node began with a later snapshot."""
    try:
        with open_reader(home.ledger) as ledger:
            return ledger.block(height).app_hash
    except NotFound:
        return None
