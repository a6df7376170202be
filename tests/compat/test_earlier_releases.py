"""The files of each earlier release open, pass fsck and verify; so do those of the present one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.compat.write_artefacts import ORG, write_artefacts
from tests.faults.fsck_home import check, problem_lines
from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.node.home import Home
from veriwatt.terminal.home import TerminalHome
from veriwatt.verify.outcome import verification_outcome
from veriwatt.verify.verdict import Verdict

HERE = Path(__file__).parent
EARLIER: list[str] = json.loads((HERE / "manifest.json").read_text())["kept"]
PRESENT = "present"


@pytest.fixture(scope="module", params=[PRESENT, *EARLIER])
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a release's files: opening a home writes in it."""
    folder = tmp_path_factory.mktemp("release") / str(request.param)
    if request.param == PRESENT:
        write_artefacts(folder)
    else:
        shutil.copytree(HERE / request.param, folder)
    return folder


def test_every_folder_of_a_release_is_in_the_manifest() -> None:
    assert sorted(path.name for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__") == sorted(
        EARLIER
    )


def test_its_home_is_clean_and_opens(release: Path) -> None:
    report = check(release / "home")
    assert report.ok, problem_lines(report)
    assert report.checked["frames"] > 0
    with Home(release / "home") as home:
        assert home.view().spans(ORG)


def test_its_terminals_home_opens(release: Path) -> None:
    with TerminalHome(release / "terminal") as terminal:
        assert terminal.keyring.signer.public.key_id
        assert terminal.trust.chain_id
        assert terminal.spool.newest_slots()["main"].end == 900_000


def test_its_evidence_is_proven_under_its_trust_file(release: Path) -> None:
    trust = parse_trust((release / "trust.json").read_bytes())
    found = verification_outcome((release / "evidence.vwe").read_bytes(), trust, trust.written)
    assert found.verdict is Verdict.PROVEN, found.failed


def test_its_mappings_are_read(release: Path) -> None:
    mappings = sorted(release.glob("*.toml"))
    assert mappings
    for path in mappings:
        assert load_mapping(path).points
