"""CometBFT's home: the files that it is started with, written from the genesis, the keys and the settings.

    config/config.toml  genesis.json  node_key.json  priv_validator_key.json
    data/priv_validator_state.json     what this validator signed last; writing it anew could let it sign twice
    app.sock, cometbft.log

The configuration is written at each start, so the settings decide; keys, genesis and signing state are made once.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.errors import Corrupted, Malformed, Refused
from veriwatt.home.ledger_engine import NodePeer
from veriwatt.ledger.comet.app_socket import NAME
from veriwatt.ledger.comet.codec import app_state_of
from veriwatt.ledger.comet.rpc import BATCH_BYTES, BATCH_COUNT
from veriwatt.ledger.comet.settings import CometSettings, SyncFrom
from veriwatt.ledger.comet.snapshot_parts import MOST_PARTS
from veriwatt.machine.version import MACHINE_VERSION
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.validators import address_of
from veriwatt.ports.ledger import HEARTBEAT
from veriwatt.system.files import DiskFiles, save
from veriwatt.toml_text import toml_values
from veriwatt.units import DAY, SECOND
from veriwatt.utc_text import utc_text

BLOCK_BYTES = 2 << 20
"""Two of the largest transactions; small ones to this size are executed in under a second, a third of the time that
CometBFT waits for a proposal."""

EVIDENCE_BLOCKS, EVIDENCE_AGE = 50_000, 2 * DAY
MEMPOOL_BYTES = 64 << 20

FLUSH, GOSSIP = 10, 20
"""Milliseconds that a message waits to be sent with others, and between two looks for what a peer lacks. A block takes
three messages to and from everyone; at CometBFT's 100 ms for each, half of its time is waiting."""

LINE_RATE = 20 << 20
"""Bytes a second to and from each peer: a full block in a tenth of a second."""

_PRIVATE_BYTES = 64
"""Of a key in CometBFT's files: the seed, then the public key."""

CONFIG, NODE_KEY, VALIDATOR_KEY = "config/config.toml", "config/node_key.json", "config/priv_validator_key.json"

PLACE = "place"
"""What was signed here by when, and which file on this disk says so (`signing_place.py`)."""

RECEIVED = "data"
"""The folder in which CometBFT keeps the parts of a snapshot until it is taken or refused, in one of its own."""

SIGNING_STATE = "data/priv_validator_state.json"
"""What the validator signed last."""


class Signed(NamedTuple):
    """What a validator signed, in the order in which it signs: proposal, first and second vote are steps 1 to 3."""

    height: int
    round: int
    step: int

    def __str__(self) -> str:
        return f"height {self.height}, round {self.round}, step {self.step}"


@dataclass(frozen=True, slots=True)
class NodeKeys:
    """The seeds of a node's two Ed25519 keys: the one that signs blocks, and the one that names it to its peers.

    A node that is no validator has a validator key as well, which no genesis names.
    """

    validator: bytes
    node: bytes

    @property
    def node_id(self) -> str:
        return address_of(Ed25519Signer(self.node).public.raw).hex()


def make_comet_home(folder: Path, genesis: Genesis, keys: NodeKeys) -> None:
    """Write the files that are made once; durable on return.

    Raises:
        Refused: they are there already.
    """
    files, state = DiskFiles(), folder / SIGNING_STATE
    if state.exists():
        raise Refused(f"{folder} is CometBFT's home already")
    for name, content in fixed_files(genesis, keys).items():
        save(files, folder / name, content)
    save(files, state, _json({"height": "0", "round": 0, "step": 0}))


def fixed_files(genesis: Genesis, keys: NodeKeys) -> dict[str, bytes]:
    """The files that are written once and never change, by their paths in the home."""
    public = _public(keys.validator)
    validator = {
        "address": address_of(base64.b64decode(public["value"])).hex().upper(),
        "pub_key": public,
        "priv_key": _private(keys.validator),
    }
    return {
        "config/genesis.json": _json(genesis_file(genesis)),
        NODE_KEY: _json({"priv_key": _private(keys.node)}),
        VALIDATOR_KEY: _json(validator),
    }


def node_keys_in(folder: Path) -> NodeKeys:
    """The keys of the home in `folder`; raises Malformed, or NotFound."""
    return NodeKeys(seed_in(folder / VALIDATOR_KEY), seed_in(folder / NODE_KEY))


def seed_in(path: Path) -> bytes:
    """The seed of the key in one of CometBFT's files; raises Malformed, or NotFound."""
    try:
        raw = base64.b64decode(json.loads(DiskFiles().read(path))["priv_key"]["value"], validate=True)
    except (ValueError, TypeError, KeyError) as error:
        raise Malformed(f"it is not the key that was written: {error!r}") from error
    if len(raw) != _PRIVATE_BYTES:
        raise Malformed(f"its key has {len(raw)} bytes, not {_PRIVATE_BYTES}")
    return raw[: _PRIVATE_BYTES // 2]


def signed_last(folder: Path) -> Signed:
    """What the validator in `folder` signed last; raises Malformed, or NotFound."""
    try:
        state = json.loads(DiskFiles().read(folder / SIGNING_STATE))
        return Signed(int(state["height"]), int(state["round"]), int(state["step"]))
    except (ValueError, TypeError, KeyError) as error:
        raise Malformed(f"it does not say what was signed last: {error!r}") from error


def write_config(folder: Path, settings: CometSettings, registered: Sequence[NodePeer] = ()) -> None:
    """Write the configuration that the settings ask for, with the peers that the ledger names beside theirs."""
    save(DiskFiles(), folder / CONFIG, config_text(settings, registered).encode())


def rpc_port_in(folder: Path) -> int:
    """The port of the RPC in the configuration of the home in `folder`.

    Raises:
        Corrupted: it is not the one that we write.
    """
    try:
        rpc = toml_values((folder / CONFIG).read_text())["rpc"]["laddr"]
        return int(rpc.rpartition(":")[2])
    except (OSError, KeyError, TypeError, ValueError, AttributeError, Malformed) as error:
        raise Corrupted(f"{folder / CONFIG} is not the configuration that was written: {error!r}") from error


def genesis_file(genesis: Genesis) -> dict[str, Any]:
    """CometBFT's genesis file; its `app_state` is our genesis document."""
    validators = [
        {
            "address": address_of(each.key.raw).hex().upper(),
            "pub_key": _key("tendermint/PubKeyEd25519", each.key.raw),
            "power": str(each.power),
            "name": "",
        }
        for each in genesis.validators
    ]
    nanos = EVIDENCE_AGE * 1_000_000
    return {
        "genesis_time": utc_text(genesis.time),
        "chain_id": genesis.chain_id,
        "initial_height": str(genesis.first_height),
        "consensus_params": {
            "block": {"max_bytes": str(BLOCK_BYTES), "max_gas": "-1"},
            "evidence": {
                "max_age_num_blocks": str(EVIDENCE_BLOCKS),
                "max_age_duration": str(nanos),
                "max_bytes": str(1 << 20),
            },
            "validator": {"pub_key_types": ["ed25519"]},
            "version": {"app": str(MACHINE_VERSION)},
            "abci": {"vote_extensions_enable_height": "0"},
        },
        "validators": validators,
        "app_hash": "",
        "app_state": app_state_of(genesis),
    }


def config_text(settings: CometSettings, registered: Sequence[NodePeer] = ()) -> str:
    """What differs from CometBFT's defaults. Peers of the settings have a place however many others are connected."""
    dialled = dict.fromkeys(map(str, (*settings.peers, *registered)))
    ids = dict.fromkeys(peer.node_id for peer in settings.peers)
    return f"""\
# Written at each start; changes are lost.
proxy_app = "unix://{NAME}"
abci = "socket"
filter_peers = true
moniker = {json.dumps(settings.moniker)}
log_level = "error"

[rpc]
laddr = "tcp://127.0.0.1:{settings.rpc_port}"
max_request_batch_size = {BATCH_COUNT}
max_body_bytes = {4 * BATCH_BYTES}

[p2p]
laddr = "tcp://{settings.listen}"
persistent_peers = "{",".join(dialled)}"
unconditional_peer_ids = "{",".join(ids)}"
addr_book_strict = false
allow_duplicate_ip = true
pex = false
flush_throttle_timeout = "{FLUSH}ms"
send_rate = {LINE_RATE}
recv_rate = {LINE_RATE}

[mempool]
max_tx_bytes = {1 << 20}
max_txs_bytes = {MEMPOOL_BYTES}

[consensus]
timeout_commit = "{settings.block_pause}ms"
peer_gossip_sleep_duration = "{GOSSIP}ms"
create_empty_blocks = false
create_empty_blocks_interval = "{HEARTBEAT // SECOND}s"

[storage]
discard_abci_responses = true

[tx_index]
indexer = "null"
{"" if settings.sync_from is None else _state_sync(settings.sync_from)}"""


def _state_sync(source: SyncFrom) -> str:
    return f"""
[statesync]
enable = true
rpc_servers = "{",".join(source.servers)}"
trust_height = {source.height}
trust_hash = "{source.hash.hex()}"
trust_period = "{source.period}ms"
discovery_time = "5s"
temp_dir = "{RECEIVED}"
max_snapshot_chunks = {MOST_PARTS}
"""


def remove_received(folder: Path) -> None:
    """Remove what a CometBFT that was killed had received of a snapshot; the one in `folder` must not run."""
    for left in (folder / RECEIVED).glob("tm-statesync*"):
        shutil.rmtree(left, ignore_errors=True)


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=1).encode()


def _public(seed: bytes) -> dict[str, str]:
    return _key("tendermint/PubKeyEd25519", Ed25519Signer(seed).public.raw)


def _private(seed: bytes) -> dict[str, str]:
    return _key("tendermint/PrivKeyEd25519", seed + Ed25519Signer(seed).public.raw)


def _key(kind: str, raw: bytes) -> dict[str, str]:
    return {"type": kind, "value": base64.b64encode(raw).decode()}
