"""`veriwatt ledger refetch`: the folder of a lost ledger is made again, and the node fetches the blocks from others.

A follower proves what it copies by the home's trust file. A node of the network executes every block anew, from the
genesis document that the home has; its validator is a new one without power, because nothing here tells what the lost
one signed last.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.errors import FileLost, Refused
from veriwatt.home.ledger_engine import CometEngine, FollowerEngine
from veriwatt.home.opened_home import OpenedHome
from veriwatt.home.owner_keys import SECRET_LENGTH
from veriwatt.home.paths import HomePaths
from veriwatt.ledger.open_ledger import (
    CometSettings,
    LedgerExport,
    NodeKeys,
    create_followed_ledger,
    create_node_ledger,
    export_ledger,
    open_reader,
)
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.system.files import DiskFiles, new_folder


@dataclass(frozen=True, slots=True)
class Refetched:
    """A ledger that was made anew, without blocks; the keys are those of a node of the network, in hex."""

    chain_id: str
    node_id: str | None = None
    validator: str | None = None


class NothingToRefetch(Refused):
    """The home has its ledger, or what is left of it, or nobody else has it."""

    code = "nothing-to-refetch"

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}; nothing was changed")
        self.why = why


def refetch_ledger(home: OpenedHome, node_key: bytes | None = None) -> Refetched:
    """Make the ledger's folder of a home that lost it, whole or not at all; durable on return.

    Args:
        node_key: the seed of the key by which the lost node was known to its peers; None for a new one.

    Raises:
        NothingToRefetch: the folder is there, or the ledger is this home's alone.
        FileLost: the home lost its trust file or its predecessor's ledger too.
    """
    paths, engine = home.paths, home.settings.engine
    if not isinstance(engine, CometEngine | FollowerEngine):
        raise NothingToRefetch(
            f"{paths.settings} says by no table [ledger] that others have the ledger of this home: see "
            "docs/operations/restore.md, or write the table again"
        )
    if paths.ledger.exists() and any(paths.ledger.iterdir()):
        raise NothingToRefetch(
            f"{paths.ledger} is there: move it out of the home, all of it, and keep it until the end"
        )
    genesis = Genesis.from_bytes(DiskFiles().read(paths.genesis))
    if isinstance(engine, FollowerEngine):
        if not paths.trust.exists():
            raise FileLost(str(paths.trust))
        with new_folder(paths.ledger) as building:
            create_followed_ledger(building, genesis)
        return Refetched(genesis.chain_id)
    keys = NodeKeys(os.urandom(SECRET_LENGTH), node_key or os.urandom(SECRET_LENGTH))
    with new_folder(paths.ledger) as building:
        settings = CometSettings.of(engine, home.settings.org)
        create_node_ledger(building, genesis, keys, settings, _predecessor(paths, genesis))
    return Refetched(genesis.chain_id, keys.node_id, Ed25519Signer(keys.validator).public.raw.hex())


def _predecessor(paths: HomePaths, genesis: Genesis) -> LedgerExport | None:
    """With what a ledger began that continues another, which is in the home."""
    if genesis.predecessor is None:
        return None
    with open_reader(paths.old_ledger(genesis.predecessor.chain_id)) as old:
        return export_ledger(old)
