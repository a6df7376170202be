"""A move of a home that dies between any two of its steps: run again as it was, it is whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from veriwatt.errors import Unavailable
from veriwatt.home.opened_home import OpenedHome
from veriwatt.ledger.open_ledger import audit_ledger
from veriwatt.membership.proposals import propose
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.model.governance.rule_decisions import CloseLedger
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.node.move_home import move_home, plan_move
from veriwatt.system.files import DiskFiles
from veriwatt.testing.moves import plan_of

CALLS = ("replace", "sync_folder", "unlink")
"""What `move_home` and `save` ask of the disk once a file's bytes are there."""


class Died(Exception):
    """The process ended here."""


def closed_home(root: Path) -> Genesis:
    """A home whose ledger has ended, and the plan of its successor."""
    init_home(root, "acme", unprotected=True)
    with Home(root) as home:
        plan = plan_of(home.ledger.genesis, "moved", home.keys.consensus().public)
        propose(home.ledger, home.member_client("acme"), CloseLedger(plan.plan_hash), "as agreed")
    return plan


def move(root: Path, plan: Genesis) -> None:
    with OpenedHome(root) as opened:
        move_home(opened, plan_move(opened, plan))


@pytest.mark.parametrize("applied", [False, True])
def test_a_move_that_died_anywhere_is_finished_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, applied: bool
) -> None:
    survived = 0
    for nth in range(1, 60):
        root = tmp_path / f"home{nth}"
        plan = closed_home(root)
        if not _dies(root, plan, nth, monkeypatch, applied=applied):
            break
        survived += 1
        if not _is_done(root):
            move(root, plan)
        _check(root)
    assert survived > 10
    _check(root)


def _dies(root: Path, plan: Genesis, nth: int, monkeypatch: pytest.MonkeyPatch, *, applied: bool) -> bool:
    """Whether the move died at the nth call of the disk, which was made or not."""
    count = 0

    def cut(name: str) -> object:
        true = getattr(DiskFiles, name)

        def call(self: DiskFiles, *paths: Path) -> None:
            nonlocal count
            count += 1
            if count == nth and not applied:
                raise Died
            true(self, *paths)
            if count == nth:
                raise Died

        return call

    with monkeypatch.context() as patched:
        for name in CALLS:
            patched.setattr(DiskFiles, name, cut(name))
        try:
            move(root, plan)
        except (Died, Unavailable):
            return True
    return False


def _is_done(root: Path) -> bool:
    """Whether the new ledger is in its place already: then there is nothing to run again."""
    with OpenedHome(root) as opened:
        return opened.paths.ledger.is_dir() and (opened.paths.ledger / "predecessor").exists()


def _check(root: Path) -> None:
    with Home(root) as home:
        assert home.ledger.chain_id.startswith("moved-")
        assert home.paths.genesis.read_bytes() == home.ledger.genesis.to_bytes()
        assert parse_trust(home.paths.trust.read_bytes()).chain_id == home.ledger.chain_id
        assert home.paths.successions.is_file()
        assert not home.paths.next_ledger.exists()
        folder = home.paths.ledger
    assert audit_ledger(folder).problems == ()
