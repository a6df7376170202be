"""`veriwatt network up` tells of followers whose copy stays stale."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.test_cli_join_refusals import served
from veriwatt.cli import network
from veriwatt.cli.main import main
from veriwatt.home.paths import HomePaths
from veriwatt.ledger.follower.copied_ledger import CopiedLedger
from veriwatt.ledger.open_ledger import ledger_file
from veriwatt.model.evidence.trust_file import render
from veriwatt.model.ledger.peer_answers import who_answer
from veriwatt.node.join_home import join_home
from veriwatt.ports.ledger import submit
from veriwatt.testing.lying_peers import FollowedWorld

ORG = "acme-2"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FollowedWorld]:
    made = FollowedWorld(tmp_path / "world")
    made.peer("main")
    submit(made.ledger, [made.ann.open_log()])
    yield made
    made.close()


@pytest.fixture
def homes(world: FollowedWorld, tmp_path: Path) -> Path:
    """A folder with the home of one follower, which copied a block of long ago."""
    folder = tmp_path / "homes"
    folder.mkdir()
    with served({"node": who_answer("acme", "main"), "genesis": world.genesis.to_bytes()}) as url:
        join_home(folder / ORG, ORG, render(world.trust), world.trust, url, unprotected=True)
    with copied(world, folder / ORG):
        pass
    return folder


@contextmanager
def copied(world: FollowedWorld, home: Path) -> Iterator[CopiedLedger]:
    file = ledger_file(HomePaths(home).ledger)
    with (
        world.follow("main", folder=str(home.parent.parent / "followed")) as followed,
        CopiedLedger(file, followed, "acme", world.clock) as ledger,
    ):
        ledger.bring_up_to_date()
        yield ledger


def test_a_follower_that_stays_stale_is_told(homes: Path) -> None:
    (told,) = network.stale_followers(homes, within=0)
    assert told.startswith(f"{ORG} ")
    assert "STALE" in told


def test_network_up_warns_of_them(
    homes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(network, "start_nodes", lambda *_: [])
    monkeypatch.setattr(network.stale_followers, "__defaults__", (0.0, 0.1))
    with pytest.raises(SystemExit, match="0"):
        main(["network", "up", str(homes)])
    warned = capsys.readouterr().err
    assert "warning" in warned
    assert "STALE" in warned
