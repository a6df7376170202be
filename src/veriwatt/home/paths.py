"""Where everything of a home lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HomePaths:
    """The files and folders of one home; nothing else is ever written in it."""

    root: Path

    @property
    def settings(self) -> Path:
        return self.root / "node.toml"

    @property
    def genesis(self) -> Path:
        return self.root / "genesis.cbor"

    @property
    def trust(self) -> Path:
        return self.root / "trust.json"

    @property
    def keystore(self) -> Path:
        return self.root / "keys" / "owner.keystore"

    @property
    def ledger(self) -> Path:
        """The folder of the ledger; `ledger.opening` knows what is in it."""
        return self.root / "ledger"

    @property
    def objects(self) -> Path:
        return self.root / "objects"

    @property
    def chains(self) -> Path:
        return self.root / "chains"

    def chain(self, org: str) -> Path:
        """An org's data chain: `journal/` and `tile/`."""
        return self.chains / org

    def journal(self, org: str) -> Path:
        """The accepted frames of an org that no anchor covers yet."""
        return self.chain(org) / "journal"

    @property
    def index(self) -> Path:
        return self.root / "index.db"

    @property
    def readings(self) -> Path:
        return self.root / "readings.duckdb"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def terminals(self) -> Path:
        return self.root / "terminals"

    def spool(self, terminal: str) -> Path:
        return self.terminals / terminal / "spool.db"

    @property
    def lock(self) -> Path:
        return self.root / "home.lock"
