"""Where the demo keeps what: the node's home, and outside it everything that a real node would not hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """`home` is the node's; what lies in `outside` belongs to terminals, verifiers and the person at the keyboard."""

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
