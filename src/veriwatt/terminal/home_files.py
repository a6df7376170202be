"""The files of a live terminal's own home, and how it is made.

terminal.toml      what it reads; docs/terminal-config.md
trust.json         which ledger it delivers to
terminal.keystore  its signing key, its receiving key, its window keys
handover           the newest handover of its org, as it came
root-log           the newest root log head that it has seen proven, as it came
spool.db           samples and frames
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from veriwatt.errors import Refused
from veriwatt.home.keys import new_lock
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.model.keys.key_store import KeyStore, Lock, save_key_store
from veriwatt.system.files import DiskFiles, save
from veriwatt.terminal.config.terminal_toml import load_config
from veriwatt.terminal.enrolment.keyring import Keyring


@dataclass(frozen=True, slots=True)
class TerminalPaths:
    """The files of a terminal's home."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "terminal.toml"

    @property
    def trust(self) -> Path:
        return self.root / "trust.json"

    @property
    def keystore(self) -> Path:
        return self.root / "terminal.keystore"

    @property
    def handover(self) -> Path:
        return self.root / "handover"

    @property
    def root_log(self) -> Path:
        return self.root / "root-log"

    @property
    def spool(self) -> Path:
        return self.root / "spool.db"

    @property
    def lock(self) -> Path:
        return self.root / "terminal.lock"


def make_terminal(root: Path, config: Path, trust: Path, *, unprotected: bool = False) -> None:
    """Make a terminal's home at `root`, with fresh keys; everything is durable on return, or nothing is there.

    Raises:
        BadInput: configuration or trust file are wrong.
        NotFound: there is no trust file.
        Refused: there is something at `root`, or no passphrase and not `unprotected`.
    """
    told, believed = load_config(config), DiskFiles().read(trust)
    parse_trust(believed, str(trust))
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise Refused(f"{root} exists already and is not empty; nothing was changed")
    lock, files = new_lock(unprotected=unprotected), DiskFiles()
    root.parent.mkdir(parents=True, exist_ok=True)
    building = root.with_name(f".{root.name}.{os.getpid()}.new")
    paths = TerminalPaths(building)
    try:
        save(files, paths.config, config.read_bytes())
        save(files, paths.trust, believed)
        Keyring.new(told.name, lock.kind, lambda store: save_keys(paths, store, lock), os.urandom)
        building.replace(root)
        files.sync_folder(root.parent)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def save_keys(paths: TerminalPaths, store: KeyStore, lock: Lock) -> None:
    """Seal the key store into its file, which its owner alone may read; durable on return."""

    def write(place: Path, raw: bytes) -> None:
        save(DiskFiles(), place, raw)
        place.chmod(0o600)

    save_key_store(store, lock, paths.keystore, os.urandom, write)
