"""`veriwatt ledger move`: a home goes on with the ledger that its own ledger named as its successor.

The old ledger stays in the home as `ledger-CHAIN`, and nothing writes to it any more. The steps may be repeated after
any interruption: the new ledger is whole before the old one is put aside, and each file is replaced whole.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import Refused
from veriwatt.home.ledger_engine import CometEngine, engine_text
from veriwatt.home.opened_home import OpenedHome
from veriwatt.home.owner_keys import SECRET_LENGTH
from veriwatt.home.paths import HomePaths
from veriwatt.ledger.open_ledger import (
    CometSettings,
    LedgerExport,
    NodeKeys,
    check_continues,
    create_ledger,
    create_node_ledger,
    export_ledger,
    open_ledger,
    predecessor_export,
)
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.node.told_move import tell_ledger
from veriwatt.system.files import DiskFiles, new_folder, save


class NotItsValidator(Refused):
    """A successor with other validators than this home's own key."""

    code = "not-its-validator"

    def __init__(self, chain: str) -> None:
        super().__init__(
            f"the successor of {chain} is signed by other keys than this home's: write the export "
            "(`veriwatt ledger export`), and let those who validate make their nodes from it"
        )
        self.chain = chain


class AlreadyMoved(Refused):
    """The home goes on with the ledger of the plan."""

    code = "already-moved"

    def __init__(self, chain: str) -> None:
        super().__init__(f"this home has moved already: its ledger is {chain}, which the plan made; start its node")
        self.chain = chain


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """What a move will do: the genesis, the export that it begins with, and the engine; its keys are those of `keys`.

    `keys` is None where the home goes on with an embedded ledger.
    """

    genesis: Genesis
    export: LedgerExport
    keys: NodeKeys | None = None
    engine: CometEngine | None = None

    def facts(self) -> dict[str, Any]:
        before = self.export.genesis
        return {
            "from": before.chain_id,
            "to": self.genesis.chain_id,
            "genesis_hash": self.genesis.genesis_hash.hex(),
            "first_height": self.genesis.first_height,
            "rows": len(self.export.rows),
            "log_leaves": len(self.export.leaves),
            "validators": [{"key": v.key.raw.hex(), "power": v.power, "org": v.org} for v in self.genesis.validators],
            "engine": "embedded" if self.keys is None else "comet",
        }


def node_keys(home: OpenedHome) -> NodeKeys:
    """The keys of this home's node in the network that a plan will name; made, durably, if there are none."""
    path, files = home.paths.next_node_keys, DiskFiles()
    if not files.exists(path):
        save(files, path, encode([FORMAT, os.urandom(SECRET_LENGTH), os.urandom(SECRET_LENGTH)]))
    f = Fields.versioned(decode(files.read(path), "node keys"), "node keys", 3)
    return NodeKeys(f.bytes("validator", SECRET_LENGTH), f.bytes("node", SECRET_LENGTH))


def plan_move(home: OpenedHome, plan: Genesis, engine: CometEngine | None = None) -> PlannedMove:
    """The move of a home whose ledger has ended; nothing is written.

    Args:
        engine: how the home's node takes part in the network; None for an embedded ledger.

    Raises:
        AlreadyMoved: the move is done.
        NotClosed: the ledger goes on.
        NotSuccessor: it named another plan.
        NotItsValidator: the home's key does not sign the successor, or it has no keys for a node of the network.
    """
    paths, files = home.paths, DiskFiles()
    own = Genesis.from_bytes(files.read(paths.genesis))
    if own.predecessor is not None and own.plan == plan and not paths.next_ledger.is_dir():
        raise AlreadyMoved(own.chain_id)
    if engine is None:
        stranger = [each.key for each in plan.validators] != [home.keys.consensus().public]
    else:
        stranger = not files.exists(paths.next_node_keys)
    if stranger:
        raise NotItsValidator(plan.name)
    if paths.next_ledger.is_dir():  # an interrupted move verified it, and the trust file may be new
        export = predecessor_export(paths.next_ledger)
        end = export.end()
    else:
        with open_ledger(paths.ledger, home.keys.consensus, home.clock) as ledger:
            export = export_ledger(ledger)
        end = export.verify(parse_trust(files.read(paths.trust), str(paths.trust)), home.clock.now())
    genesis = plan.ended_at(end)
    check_continues(genesis, export)
    return PlannedMove(genesis, export, None if engine is None else node_keys(home), engine)


def move_home(home: OpenedHome, move: PlannedMove) -> None:
    """Make the successor and put it in the place of the ledger; durable on return, and repeatable.

    The trust file, and the proof of the move, are of the successor once that has a block: in a network, when its
    nodes have been started.

    Raises:
        Malformed, NotProven: the genesis does not continue the export; nothing is changed.
        Unavailable: a file could not be written; call again.
    """
    paths, files = home.paths, DiskFiles()
    if not paths.next_ledger.is_dir():
        with new_folder(paths.next_ledger) as building:
            _make(building, home, move)
    if move.keys is None:
        with open_ledger(paths.next_ledger, home.keys.consensus, home.clock) as ledger:
            tell_ledger(paths, ledger, paths.next_ledger, home.clock.now())
    archive = paths.old_ledger(move.export.genesis.chain_id)
    if not archive.is_dir():
        files.replace(paths.ledger, archive)
    save(files, archive / paths.genesis.name, move.export.genesis.to_bytes())
    if move.engine is not None and home.settings.engine != move.engine:
        save(files, paths.settings, files.read(paths.settings) + engine_text(move.engine).encode())
    save(files, paths.genesis, move.genesis.to_bytes())
    files.replace(paths.next_ledger, paths.ledger)
    files.sync_folder(paths.root)
    files.unlink(paths.next_node_keys)
    _forget_derived(paths, files)


def _forget_derived(paths: HomePaths, files: DiskFiles) -> None:
    """Delete the views that name the old ledger: they are made again of the data chain and the new one."""
    for path in (paths.readings, paths.hashes):
        for each in (path, *(path.with_name(f"{path.name}{ending}") for ending in (".wal", "-wal", "-shm"))):
            files.unlink(each)


def _make(folder: Path, home: OpenedHome, move: PlannedMove) -> None:
    if move.keys is None or move.engine is None:
        create_ledger(folder, move.genesis, home.keys.consensus(), home.clock, move.export).close()
    else:
        settings = CometSettings.of(move.engine, home.settings.org)
        create_node_ledger(folder, move.genesis, move.keys, settings, move.export)
