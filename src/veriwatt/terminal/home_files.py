"""The files of a terminal's home, and how a home is made.

format             the format of the home; docs/spec/home.md
terminal.toml      meters and points; docs/terminal-config.md
trust.json         the ledger to which the terminal delivers
terminal.keystore  signing key, receiving key, window keys
handover           the newest handover of the org, as received
learnt             versions of its groups that were proven to the terminal after that handover
root-log           the newest root-log head that was proven to the terminal, as received
spool.db           samples and frames
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from veriwatt.home.home_format import NAME, TERMINAL, write_home_format
from veriwatt.home.key_store_file import new_lock, saver
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.system.disk_errors import disk_errors
from veriwatt.system.files import DiskFiles, check_vacant, new_folder, save
from veriwatt.terminal.config.terminal_toml import load_config
from veriwatt.terminal.enrolment.keyring import Keyring


@dataclass(frozen=True, slots=True)
class TerminalPaths:
    """The files of a terminal's home."""

    root: Path

    @property
    def format(self) -> Path:
        return self.root / NAME

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
    def learnt(self) -> Path:
        return self.root / "learnt"

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
    """Make a terminal's home at `root` with fresh keys: complete and durable on return, or not made at all.

    Raises:
        BadInput: the configuration or the trust file is wrong.
        NotFound: there is no trust file.
        Refused: `root` is not empty, or there is no passphrase and `unprotected` is not set.
    """
    name = load_config(config).name
    with disk_errors(trust):
        trust_bytes = trust.read_bytes()  # it may come through a pipe
    parse_trust(trust_bytes, str(trust))
    check_vacant(root)
    lock, files = new_lock(unprotected=unprotected), DiskFiles()
    with new_folder(root) as building:
        paths = TerminalPaths(building)
        write_home_format(files, building, TERMINAL)
        save(files, paths.config, config.read_bytes())
        save(files, paths.trust, trust_bytes)
        Keyring.new(name, lock.kind, saver(paths.keystore, lock), os.urandom)
