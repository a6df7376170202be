"""Nodes of IPFS (Kubo) that only talk to named others: configuration, key of the swarm, and how a node is run.

As tried with v0.42.0; docs/adr/0055-distributed-stores.md says what each setting is against.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veriwatt.errors import Unavailable
from veriwatt.system.files import DiskFiles, save

SWARM_KEY = 32
"""Bytes of the key without which no node of the swarm talks to another."""

_SETTINGS: dict[str, object] = {
    # Nobody outside is asked or told anything.
    "Bootstrap": [],
    "AutoConf.Enabled": False,
    "Routing.Type": "none",
    "Routing.DelegatedRouters": [],
    "Provide.Enabled": False,
    "DNS.Resolvers": {},
    "Ipns.DelegatedPublishers": [],
    "AutoTLS.Enabled": False,
    "HTTPRetrieval.Enabled": False,
    "Discovery.MDNS.Enabled": False,
    "Version.SwarmCheckEnabled": False,
    "Plugins.Plugins.telemetry.Config.Mode": "off",
    # One transport, which knows the key of the swarm; no way around it.
    "Swarm.Transports.Network.QUIC": False,
    "Swarm.Transports.Network.WebTransport": False,
    "Swarm.Transports.Network.Websocket": False,
    "Swarm.Transports.Network.WebRTCDirect": False,
    "Swarm.Transports.Network.Relay": False,
    "Swarm.RelayClient.Enabled": False,
    "Swarm.RelayService.Enabled": False,
    "Swarm.EnableHolePunching": False,
    "Swarm.DisableNatPortMap": True,
    "AutoNAT.ServiceMode": "disabled",
    "Addresses.Gateway": [],
}


@dataclass(frozen=True, slots=True)
class SwarmPeer:
    """Another node of the swarm: its id, and its address such as `/ip4/192.0.2.7/tcp/4001`."""

    id: str
    address: str


def private_config(config: Mapping[str, Any], swarm: str, api_port: int, peers: Sequence[SwarmPeer]) -> dict[str, Any]:
    """The configuration of a new node, made private.

    Args:
        swarm: the address at which the peers reach it.
        api_port: of its interface, on loopback.
    """
    made = deepcopy(dict(config))
    addresses = {"Addresses.Swarm": [swarm], "Addresses.API": f"/ip4/127.0.0.1/tcp/{api_port}"}
    named = {"Peering.Peers": [{"ID": peer.id, "Addrs": [peer.address]} for peer in peers]}
    for dotted, value in {**_SETTINGS, **addresses, **named}.items():
        *folders, last = dotted.split(".")
        table = made
        for folder in folders:
            inner = table.get(folder)
            table[folder] = table = inner if isinstance(inner, dict) else {}
        table[last] = value
    return made


def init_node(program: Path, repo: Path, swarm_key: bytes) -> str:
    """Make an empty node in `repo`; returns its peer id, to be named to the others before any of them runs.

    Raises:
        Unavailable: the program does not make it.
    """
    try:
        subprocess.run(
            [program, "init", "--empty-repo"], env=node_environment(repo), check=True, capture_output=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or b""
        raise Unavailable(f"{program} makes no node in {repo}: {said.decode(errors='replace')[-300:]}") from error
    save(DiskFiles(), repo / "swarm.key", f"/key/swarm/psk/1.0.0/\n/base16/\n{swarm_key.hex()}\n".encode())
    return str(_read(repo)["Identity"]["PeerID"])


def configure_node(repo: Path, swarm: str, api_port: int, peers: Sequence[SwarmPeer]) -> None:
    """Make a node that does not run private, as `private_config`."""
    made = private_config(_read(repo), swarm, api_port, peers)
    save(DiskFiles(), repo / "config", json.dumps(made, indent=2).encode())


def node_environment(repo: Path) -> dict[str, str]:
    """The environment of every command on the node: with it, one without the key of the swarm does not start."""
    own = {"IPFS_PATH": str(repo), "LIBP2P_FORCE_PNET": "1", "IPFS_TELEMETRY": "off", "HOME": str(repo)}
    return {**os.environ, **own}


def daemon_command(program: Path) -> list[str]:
    """What runs the node until it is ended; nothing is collected as garbage, nothing migrated."""
    return [str(program), "daemon", "--migrate=false", "--enable-gc=false"]


def _read(repo: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((repo / "config").read_bytes())
    return found
