"""`veriwatt init`: making a home with a ledger of its own, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from veriwatt.home.home_format import NODE, write_home_format
from veriwatt.home.key_store_file import new_lock
from veriwatt.home.owner_keys import new_owner_keys
from veriwatt.home.paths import HomePaths
from veriwatt.home.settings import settings_text
from veriwatt.ids import check_name
from veriwatt.ledger.open_ledger import create_ledger
from veriwatt.membership.member_client import MemberClient
from veriwatt.membership.new_ledger import OWNER, make_genesis, trust_of
from veriwatt.model.chain.anchor import OpenLog
from veriwatt.model.evidence.trust_file import render
from veriwatt.model.keys.key_store import Lock
from veriwatt.ports.clock import Clock
from veriwatt.system.clock import SystemClock
from veriwatt.system.files import DiskFiles, check_vacant, new_folder, save


def init_home(
    root: Path,
    org: str,
    *,
    title: str = "",
    ledger_name: str = "",
    unprotected: bool = False,
    clock: Clock | None = None,
) -> dict[str, str]:
    """Make a new home at `root`: complete and durable on return, or not made at all.

    Returns:
        The object that `veriwatt init --json` prints.

    Raises:
        Refused: `root` is not empty, or there is no passphrase and `unprotected` is not set.
    """
    check_name(org, "org")
    check_vacant(root)
    lock = new_lock(unprotected=unprotected)
    with new_folder(root) as building:
        ledger = _build(
            HomePaths(building), org, title or org, ledger_name or ledger_name_of(org), lock, clock or SystemClock()
        )
    return {"home": str(root), "org": org, **ledger, "trust": str(HomePaths(root).trust)}


def _build(paths: HomePaths, org: str, title: str, ledger_name: str, lock: Lock, clock: Clock) -> dict[str, str]:
    files, now = DiskFiles(), clock.now()
    files.make_folder(paths.ledger)
    write_home_format(files, paths.root, NODE)
    keys = new_owner_keys(paths, org, lock)
    keys.make_signers("consensus", f"member/{org}/{OWNER}", f"log/{org}")
    genesis = make_genesis(ledger_name, org, title, keys.consensus(), keys.member(org, OWNER), now)
    save(files, paths.genesis, genesis.to_bytes())
    save(files, paths.settings, settings_text(org).encode())
    with create_ledger(paths.ledger, genesis, keys.consensus(), clock) as ledger:
        MemberClient(ledger, org, OWNER, keys.member(org, OWNER), os.urandom).submit(OpenLog(keys.log(org).public))
        save(files, paths.trust, render(trust_of(ledger, genesis, now)))
    return {"chain_id": genesis.chain_id, "genesis_hash": genesis.genesis_hash.hex()}


def ledger_name_of(text: str) -> str:
    """A name that a ledger may have, as like to the text as may be."""
    name = "".join(c if c.isalnum() and c.isascii() else "-" for c in text.lower())[:33].strip("-")
    return name or "ledger"
