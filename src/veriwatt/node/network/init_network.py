"""`veriwatt network init`: a genesis and the homes of its founders, whole or not at all.

DIR/ORG is the home of an org: its keys, the key of its validator, and what its node is started with. The homes have no
trust file and no data chain until their nodes have seen the first block (`node/network_start.py`); that of a follower
is given the trust file of another home (`node/network/processes.py`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.crypto.signing import Signer
from veriwatt.errors import BadInput
from veriwatt.home.home_format import NODE, write_home_format
from veriwatt.home.key_store_file import new_lock
from veriwatt.home.ledger_engine import EVERYWHERE, CometEngine, FollowerEngine, NodePeer, engine_text, follower_text
from veriwatt.home.owner_keys import SECRET_LENGTH, OwnerKeys, new_owner_keys
from veriwatt.home.paths import HomePaths
from veriwatt.home.settings import load_settings, settings_text
from veriwatt.ledger.open_ledger import CometSettings, NodeKeys, PeerAddress, create_followed_ledger, create_node_ledger
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.version import MACHINE_VERSION
from veriwatt.membership.new_ledger import OWNER
from veriwatt.model.governance.parameters import CONSORTIUM
from veriwatt.model.keys.key_store import Lock
from veriwatt.model.ledger.genesis import Founder, Genesis, GenesisValidator
from veriwatt.model.members.org_role import FOUNDER_LIMIT
from veriwatt.model.members.organisation import NewMember, Role
from veriwatt.node.network.plan import NetworkPlan, PlannedOrg
from veriwatt.node.tls import NodeTls, certificate_files, serves_tls
from veriwatt.ports.clock import Clock
from veriwatt.system.clock import SystemClock
from veriwatt.system.files import DiskFiles, check_vacant, new_folder, save
from veriwatt.system.loopback import LOOPBACK_NAMES


def init_network(
    plan: NetworkPlan, folder: Path, *, unprotected: bool = False, dry_run: bool = False, clock: Clock | None = None
) -> dict[str, Any]:
    """Make the homes of a new network below `folder`: complete and durable on return, or none at all.

    Returns:
        The object that `veriwatt network init --json` prints. With `dry_run` nothing is made, and it has no chain id.

    Raises:
        Refused: `folder` is not empty, or there is no passphrase and `unprotected` is not set.
        BadInput: there are more founders than a genesis has.
        Malformed: the plan makes no genesis: its name is none, or two orgs look alike.
    """
    if len(plan.orgs) > FOUNDER_LIMIT:
        why, remedy = f"a genesis has at most {FOUNDER_LIMIT} founders", "let the others join by `veriwatt join`"
        raise BadInput(where="the orgs of the plan", value=len(plan.orgs), why=why, remedy=remedy)
    check_vacant(folder)
    told = {"folder": str(folder), "ledger": plan.name, "nodes": [_told(folder, each) for each in plan.orgs]}
    if dry_run:
        _genesis(
            plan, [_new_keys() for _ in plan.in_network], [Ed25519Signer(_seed()) for _ in plan.orgs], SystemClock()
        )
        return {**told, "made": False}
    lock = new_lock(unprotected=unprotected)
    with new_folder(folder) as building:
        genesis = _build(plan, building, lock, clock or SystemClock())
    return {**told, "made": True, "chain_id": genesis.chain_id, "genesis_hash": genesis.genesis_hash.hex()}


def _told(folder: Path, planned: PlannedOrg) -> dict[str, Any]:
    return {
        "org": planned.org,
        "home": str(folder / planned.org),
        "validator": planned.validator,
        "follower": planned.follower,
        "p2p": planned.p2p or None,
        "listen": planned.listen,
        "rpc_port": planned.rpc_port or None,
    }


def _build(plan: NetworkPlan, building: Path, lock: Lock, clock: Clock) -> Genesis:
    homes = {each.org: HomePaths(building / each.org) for each in plan.orgs}
    node_keys = [_new_keys() for _ in plan.in_network]
    owner_keys = [_owner_keys(homes[each.org], each.org, lock) for each in plan.orgs]
    members = [keys.member(each.org, OWNER) for keys, each in zip(owner_keys, plan.orgs, strict=True)]
    genesis = _genesis(plan, node_keys, members, clock)
    peers = [NodePeer(keys.node_id, each.p2p) for keys, each in zip(node_keys, plan.in_network, strict=True)]
    for keys, each, own in zip(node_keys, plan.in_network, peers, strict=True):
        others = tuple(peer for peer in peers if peer is not own)
        engine = CometEngine(each.p2p, each.rpc_port, others, each.program)
        _complete(homes[each.org], each, engine_text(engine), genesis)
        create_node_ledger(homes[each.org].ledger, genesis, keys, CometSettings.of(engine, each.org))
    followers = [each for each in plan.orgs if each.follower]
    followed = [_followed(homes[each.org], each) for each in plan.in_network] if followers else []
    for at, each in enumerate(followers):
        first = at % len(followed)  # else all of them would ask the same one
        follower = FollowerEngine((*followed[first:], *followed[:first]))
        _complete(homes[each.org], each, follower_text(follower), genesis)
        create_followed_ledger(homes[each.org].ledger, genesis)
    return genesis


def _followed(paths: HomePaths, planned: PlannedOrg) -> PeerAddress:
    """A node as followers reach it: by the key of its TLS certificate, which is made here, where it serves TLS."""
    host, _, port = planned.listen.rpartition(":")
    settings = load_settings(paths.settings)
    key = None
    if serves_tls(host.strip("[]"), settings, tls=False, plain_http=False):
        key = NodeTls(certificate_files(paths, settings), [*LOOPBACK_NAMES, host.strip("[]")]).facts.key
    if host in EVERYWHERE:
        host = planned.p2p.rpartition(":")[0]
    return PeerAddress(planned.org, settings.name, f"{'http' if key is None else 'https'}://{host}:{port}", key)


def _owner_keys(paths: HomePaths, org: str, lock: Lock) -> OwnerKeys:
    files = DiskFiles()
    files.make_folder(paths.ledger)
    write_home_format(files, paths.root, NODE)
    keys = new_owner_keys(paths, org, lock)
    keys.make_signers(f"member/{org}/{OWNER}", f"log/{org}")
    return keys


def _complete(paths: HomePaths, planned: PlannedOrg, engine: str, genesis: Genesis) -> None:
    files = DiskFiles()
    save(files, paths.genesis, genesis.to_bytes())
    save(files, paths.settings, (settings_text(planned.org, planned.listen) + engine).encode())


def _genesis(plan: NetworkPlan, keys: list[NodeKeys], members: Sequence[Signer], clock: Clock) -> Genesis:
    validators = tuple(
        GenesisValidator(Ed25519Signer(own.validator).public, 1, each.org)
        for own, each in zip(keys, plan.in_network, strict=True)
        if each.validator
    )
    founders = tuple(
        Founder(each.org, each.title, (NewMember(OWNER, Role.OWNER, member.public),))
        for member, each in zip(members, plan.orgs, strict=True)
    )
    genesis = Genesis(plan.name, clock.now(), MACHINE_VERSION, validators, founders, parameters=CONSORTIUM)
    genesis_rows(genesis)  # refuses orgs that look alike
    return genesis


def _new_keys() -> NodeKeys:
    return NodeKeys(_seed(), _seed())


def _seed() -> bytes:
    return os.urandom(SECRET_LENGTH)
