"""What a home has to tell of its ledger once that has its first block: the trust file, and the proof of a move."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from veriwatt.errors import Malformed, NotFound
from veriwatt.home.paths import HomePaths
from veriwatt.home.successions import successions_of
from veriwatt.ledger.open_ledger import predecessor_export
from veriwatt.membership.new_ledger import trust_of
from veriwatt.model.evidence.trust_file import parse_trust, render
from veriwatt.model.ledger.succession import successions_bytes
from veriwatt.ports.ledger import Ledger
from veriwatt.reading.succession import prove_succession
from veriwatt.system.files import DiskFiles, save
from veriwatt.units import UtcMillis


def has_own_trust(paths: HomePaths, ledger: Ledger) -> bool:
    """Whether the home's trust file is of its ledger; not before the first block after a move."""
    with suppress(FileNotFoundError, NotFound, Malformed):
        return parse_trust(DiskFiles().read(paths.trust)).genesis_hash == ledger.genesis.genesis_hash
    return False


def tell_ledger(paths: HomePaths, ledger: Ledger, folder: Path, now: UtcMillis) -> None:
    """Write the home's trust file, and before it the proof of the ledger's move if it moved; durable on return.

    `folder` is where the ledger lies.

    Raises:
        Unavailable: the ledger has no block yet.
    """
    if ledger.genesis.predecessor is not None:
        proof = prove_succession(predecessor_export(folder), ledger).to_bytes()
        earlier = [each for each in successions_of(paths) if each != proof]
        save(DiskFiles(), paths.successions, successions_bytes((*earlier, proof)))
    save(DiskFiles(), paths.trust, render(trust_of(ledger, ledger.genesis, now)))
