"""What the demo found, as `veriwatt demo --json` prints it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from veriwatt.testing.demo.paths import DemoPaths
from veriwatt.testing.demo.totals import PlantTotals


@dataclass(slots=True)
class DemoResult:
    """Filled step by step; `network` is there when the ledger is one of several operators."""

    collected: int = 0
    anchored: int = 0
    proved: int = 0
    gaps: int = 0
    tampered: dict[str, object] = field(default_factory=dict)
    refused_frames: dict[str, dict[str, str]] = field(default_factory=dict)
    plants: list[PlantTotals] = field(default_factory=list)
    chain_id: str = ""
    network: dict[str, Any] | None = None

    def fields(self, paths: DemoPaths, sign_in: str) -> dict[str, Any]:
        """The object of `--json`; `sign_in` is empty where no page is served."""
        found = {
            "collected": self.collected,
            "anchored": self.anchored,
            "proved": self.proved,
            "gaps": self.gaps,
            "tampered": self.tampered,
            "refused_frames": self.refused_frames,
            "plants": [asdict(plant) for plant in self.plants],
            "chain_id": self.chain_id,
            "home": str(paths.home),
            "sign_in": sign_in or None,
        }
        return found if self.network is None else {**found, "network": self.network}
