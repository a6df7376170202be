"""What each earlier release wrote opens, passes fsck and verifies; so does what the present one writes."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.compat.write_artefacts import ORG, write_artefacts
from tests.faults.fsck_home import check, problem_lines
from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.ledger.open_ledger import ledger_file
from veriwatt.machine.governance.queries import proposal
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.model.governance.parameters import Parameter, Parameters
from veriwatt.model.governance.proposal import Propose
from veriwatt.model.governance.rule_decisions import ChangeParameters
from veriwatt.node.home import Home
from veriwatt.terminal.home import TerminalHome
from veriwatt.verify.outcome import verification_outcome
from veriwatt.verify.verdict import Verdict

HERE = Path(__file__).parent
EARLIER: list[str] = json.loads((HERE / "manifest.json").read_text())["kept"]
PRESENT, PACKED = "present", ".tar.gz"


@pytest.fixture(scope="module", params=[PRESENT, *EARLIER])
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release's files, unpacked: opening a home writes in it."""
    folder = tmp_path_factory.mktemp("release") / str(request.param)
    if request.param == PRESENT:
        write_artefacts(folder)
    else:
        with tarfile.open(HERE / f"{request.param}{PACKED}") as archive:
            archive.extraction_filter = getattr(tarfile, "data_filter", None)  # from Python 3.11.4 on
            archive.extractall(folder)
    return folder


def test_every_archive_of_a_release_is_in_the_manifest() -> None:
    assert sorted(path.name for path in HERE.glob(f"*{PACKED}")) == [f"{name}{PACKED}" for name in sorted(EARLIER)]


def test_its_home_is_clean_and_opens(release: Path) -> None:
    report = check(release / "home")
    assert report.ok, problem_lines(report)
    assert report.checked["frames"] > 0
    with Home(release / "home") as home:
        assert home.view().spans(ORG)


def test_its_ledger_goes_on_by_the_present_rules_and_no_earlier_release_opens_it_then(
    release: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(release / "home", home)
    with Home(home) as opened:
        client = opened.member_client(ORG)
        client.submit(Propose(ChangeParameters(Parameters.of({Parameter.VOTING_DAYS: 30})), "as agreed"))
        assert proposal(opened.ledger, 1) is not None
    report = check(home)
    assert report.ok, problem_lines(report)
    with closing(sqlite3.connect(ledger_file(home / "ledger"))) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (3,)


def test_its_terminals_home_opens(release: Path) -> None:
    with TerminalHome(release / "terminal") as terminal:
        assert terminal.keyring.signer.public.key_id
        assert terminal.trust.chain_id
        assert terminal.spool.newest_slots()["main"].end == 900_000


def test_its_evidence_is_proven_under_its_trust_file_with_the_figure_that_it_had(release: Path) -> None:
    trust = parse_trust((release / "trust.json").read_bytes())
    figures = json.loads((release / "figures.json").read_text())
    assert len(figures) == len(list(release.glob("*.vwe")))
    for name, value in figures.items():
        found = verification_outcome((release / name).read_bytes(), trust, trust.written)
        assert found.verdict is Verdict.PROVEN, (name, found.failed)
        assert found.facts["value"] == value, name


def test_its_mappings_are_read(release: Path) -> None:
    mappings = sorted(release.glob("*.toml"))
    assert mappings
    for path in mappings:
        assert load_mapping(path).points
