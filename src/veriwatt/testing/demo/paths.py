"""The demo's folders: the node's home, and beside it what a real node would not hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DemoPaths:
    """`home` is the node's; `outside` holds what belongs to terminals, verifiers and the operator's own disk."""

    home: Path

    @property
    def outside(self) -> Path:
        return self.home.with_name(self.home.name + "-outside")

    @property
    def passphrase(self) -> Path:
        return self.outside / "passphrase"

    @property
    def trust(self) -> Path:
        """The verifier's own copy of the trust file."""
        return self.outside / "trust.json"

    @property
    def node_log(self) -> Path:
        return self.outside / "node.log"

    @property
    def evidence(self) -> Path:
        return self.outside / "evidence"

    def terminal(self, name: str) -> Path:
        return self.outside / "terminals" / name
