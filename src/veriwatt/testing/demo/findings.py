"""What the demo says of a consortium, each after it was checked; whatever does not hold raises NotProven.

The figures go into the result, the sentences to `report`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from veriwatt.errors import NotProven
from veriwatt.model.points.status import Status
from veriwatt.terminal.delivery.log_host_client import Delivered
from veriwatt.testing.demo import attacks
from veriwatt.testing.demo.paths import DemoPaths
from veriwatt.testing.demo.proofs import prove_all, verify_file
from veriwatt.testing.demo.result import DemoResult
from veriwatt.testing.demo.slot_counts import SlotCounts, stated
from veriwatt.testing.demo.totals import PlantTotals
from veriwatt.units import UtcMillis

Report = Callable[[str], None]


class Findings:
    """The checks of one demo."""

    def __init__(self, paths: DemoPaths, report: Report) -> None:
        self.result = DemoResult()
        self._paths, self._report = paths, report

    def all_anchored(self, collected: int, anchored: Sequence[SlotCounts], frames: int, seconds: float) -> None:
        """Every reading that terminals collected is in the anchored frames, counted from these of each plant."""
        found = self.result
        found.collected, found.anchored = collected, sum(map(stated, anchored))
        found.gaps = sum(counts[Status.GAP] for counts in anchored)
        self._report(
            f"{found.collected:,} readings collected, {found.anchored:,} of them anchored "
            f"in {frames} signed frames; {found.gaps:,} gaps; {seconds:.1f} s"
        )
        if found.anchored != found.collected:
            raise NotProven(f"{found.collected} readings were collected and {found.anchored} are anchored")

    def totals_equal(self, plants: Sequence[PlantTotals]) -> None:
        """What every plant used, each total compared already with what its meter counted."""
        self.result.plants = list(plants)
        for plant in plants:
            used = ", ".join(f"{value} {unit} {energy.replace('_', ' ')}" for energy, value, unit in plant.used)
            share = 100 * plant.read / plant.expected
            slots = f"{plant.read:,} of {plant.expected:,} slots read, {share:.2f} %"
            self._report(f"{plant.plant}: {used}; {plant.kgce} kgce; {slots}")
        self._report("every total equals what the simulated meters counted")

    def readings_proven(self, files: Sequence[Path], now: UtcMillis, validators: int = 1) -> None:
        """Evidence files are proven with the verifier's trust file alone, by a block of so many validators."""
        outcomes = prove_all(files, self._paths.trust, now)
        self.result.proved = len(outcomes)
        if others := {each.facts["signers"] for each in outcomes} - {validators}:
            raise NotProven(f"evidence names {others} validators, and the ledger has {validators}")
        sizes = [path.stat().st_size for path in files]
        signed = f"; more than two thirds of {validators} validators signed the block in each" if validators > 1 else ""
        self._report(
            f"{self.result.proved} readings proved from evidence files of {min(sizes):,} to {max(sizes):,} bytes "
            f"and the trust file alone, without asking the node{signed}"
        )

    def tampered_refused(self, now: UtcMillis) -> None:
        """One of these files with a tenth less energy is refused."""
        original = next(iter(sorted(self._paths.evidence.glob("*.vwe"))))
        false = self._paths.evidence / "tampered.vwe"
        false.write_bytes(attacks.tampered_evidence(original.read_bytes()))
        found = verify_file(false, self._paths.trust, now)
        self.result.tampered = {"verdict": found.verdict.value, "failed": found.failed and found.failed.fields()}
        if found.failed is None:
            raise NotProven("evidence with an altered value was not refused")
        self._report(
            f"evidence with a tenth less energy in it: {found.verdict.value} "
            f"at step {found.failed.step}, {found.failed.name}: {found.failed.why}"
        )

    def false_frames_refused(self, send: Callable[[bytes], Delivered], impostor: bytes, uncertified: bytes) -> None:
        """The log host refuses a frame of another key, and one of a terminal without a certificate."""
        named = "a frame in the steel terminal's name, signed by another key"
        self._refused("impostor", named, send(impostor))
        self._refused("uncertified", "a frame of a terminal that nobody certified", send(uncertified))

    def _refused(self, name: str, what: str, answer: Delivered) -> None:
        if answer.position is not None:
            raise NotProven(f"{what} was accepted")
        self.result.refused_frames[name] = {"code": answer.code, "why": answer.why}
        self._report(f"{what}: refused, {answer.why} [{answer.code}]")
