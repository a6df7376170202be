"""Which engine the ledger of a home has: the table `[ledger]` of `node.toml`.

    [ledger]
    engine = "comet"
    listen = "127.0.0.1:26656"
    rpc_port = 26657
    peers = ["NODE-ID@127.0.0.2:26656"]

    [ledger]
    engine = "follower"
    peers = ["ORG/NODE https://node.example:8443 TLS-KEY"]

Without the table the ledger is embedded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from veriwatt.errors import Malformed
from veriwatt.model.members.peer_address import PeerAddress, parse_peer_address
from veriwatt.system.toml_tables import TomlTable
from veriwatt.units import SECOND, parse_count

BLOCK_PAUSE = SECOND // 2
"""Milliseconds from a block to the next proposal, by default."""

KEEP_DAYS = 30
"""Days for which CometBFT keeps a block, by default; the ledger's own file keeps all (`ledger/comet/retention.py`)."""

EMBEDDED, COMET, FOLLOWER = "embedded", "comet", "follower"

EVERYWHERE = ("0.0.0.0", "[::]")  # noqa: S104 - compared, not listened at
"""Hosts at which one listens and at which nobody is reached."""

_PEER = re.compile(r"([0-9a-f]{40})@(.+)")


@dataclass(frozen=True, slots=True)
class EmbeddedEngine:
    """The ledger of one operator, in the node's own process."""


@dataclass(frozen=True, slots=True)
class NodePeer:
    """Another node of the network: its id, the address of its node key in hex, and its host:port."""

    node_id: str
    address: str

    def __str__(self) -> str:
        return f"{self.node_id}@{self.address}"


@dataclass(frozen=True, slots=True)
class CometEngine:
    """A node of a network of validators, CometBFT beside ours.

    Attributes:
        listen: host:port at which its peers reach it.
        rpc_port: of CometBFT's RPC, on loopback alone.
        peers: the nodes that it keeps connections to, and lets in.
        program: the `cometbft` that is run; empty for the one that is found (`ledger/comet/program.py`).
        block_pause: milliseconds from a block to the next proposal.
        keep_days: how long CometBFT keeps its copy of each block; 0 for ever.
    """

    listen: str
    rpc_port: int
    peers: tuple[NodePeer, ...]
    program: str = ""
    block_pause: int = BLOCK_PAUSE
    keep_days: int = KEEP_DAYS


@dataclass(frozen=True, slots=True)
class FollowerEngine:
    """A node without a validator: it reads the ledger from these peers, which it does not believe, in their order."""

    peers: tuple[PeerAddress, ...]


LedgerEngineSettings: TypeAlias = EmbeddedEngine | CometEngine | FollowerEngine


def read_engine(table: TomlTable) -> LedgerEngineSettings:
    """The engine that `[ledger]` of these settings names; raises BadInput."""
    if not table.has("ledger"):
        return EmbeddedEngine()
    ledger = table.table("ledger")
    kind = ledger.word("engine", (EMBEDDED, COMET, FOLLOWER))
    if kind == EMBEDDED:
        ledger.close()
        return EmbeddedEngine()
    if kind == FOLLOWER:
        followed = FollowerEngine(_followed_peers(ledger))
        ledger.close()
        return followed
    engine = CometEngine(
        listen=ledger.checked("listen", check_address, 'write listen = "192.0.2.1:26656"'),
        rpc_port=ledger.number("rpc_port", 1, 65_535),
        peers=_peers(ledger),
        program=ledger.optional_text("program") or "",
        block_pause=ledger.number("block_pause", 1, 60 * SECOND, BLOCK_PAUSE),
        keep_days=ledger.number("keep_days", 0, 3650, KEEP_DAYS),
    )
    ledger.close()
    return engine


def engine_text(engine: CometEngine) -> str:
    """The table `[ledger]` that says this."""
    peers = "".join(f'    "{peer}",\n' for peer in engine.peers)
    program = f"program = {_quoted(engine.program)}\n" if engine.program else ""
    return (
        "\n# This node runs a validator of the ledger: CometBFT beside it, with its RPC on loopback alone. It lets in\n"
        "# the nodes in `peers`, by their ids.\n"
        f'[ledger]\nengine = "{COMET}"\nlisten = "{engine.listen}"\nrpc_port = {engine.rpc_port}\n'
        f"block_pause = {engine.block_pause}\nkeep_days = {engine.keep_days}\n{program}peers = [\n{peers}]\n"
    )


def follower_text(engine: FollowerEngine) -> str:
    """The table `[ledger]` that says this."""
    peers = "".join(f'    "{peer}",\n' for peer in engine.peers)
    return (
        "\n# This node follows the ledger: it asks these peers in their order, and believes none of them. A line has\n"
        "# ORG/NODE, the address, and the TLS key, which `veriwatt node certificate` of that node prints.\n"
        f'[ledger]\nengine = "{FOLLOWER}"\npeers = [\n{peers}]\n'
    )


def check_address(text: str) -> str:
    """The text, which is host:port; raises Malformed."""
    host, _, port = text.rpartition(":")
    if not re.fullmatch(r"[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]", host) or not 1 <= parse_count(port) <= 65_535:
        raise Malformed("is not host:port")
    return text


def _peers(ledger: TomlTable) -> tuple[NodePeer, ...]:
    with ledger.place_of_errors("peers", 'write peers = ["NODE-ID@host:port"]'):
        return tuple(parse_peer(text) for text in ledger.texts("peers", ()))


def _followed_peers(ledger: TomlTable) -> tuple[PeerAddress, ...]:
    remedy = 'write peers = ["ORG/NODE https://node.example:8443 TLS-KEY"]'
    with ledger.place_of_errors("peers", remedy):
        peers = tuple(parse_peer_address(text) for text in ledger.texts("peers", ()))
        if not peers:
            raise Malformed("names no peer to follow the ledger by")
        return peers


def parse_peer(text: str) -> NodePeer:
    """The peer that NODE-ID@host:port names; raises Malformed."""
    found = _PEER.fullmatch(text)
    if found is None:
        raise Malformed(f"{text!r} is not NODE-ID@host:port, the id 40 hexadecimal digits")
    return NodePeer(found[1], check_address(found[2]))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
