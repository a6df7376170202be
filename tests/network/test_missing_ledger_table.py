"""A home whose `node.toml` lost its table `[ledger]` says so, and does not look like one that is well."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.network.networks import run, write_plan
from veriwatt.system.free_port import free_port

COMMANDS = [("network", "up"), ("network", "status"), ("node", "run", "--home"), ("ledger", "status", "--home")]


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("homes")
    plan = write_plan(folder, Path("cometbft"))
    follower = f'[[org]]\nid = "mill"\nfollower = true\nlisten = "127.0.0.1:{free_port()}"\n'
    plan.write_text(plan.read_text() + follower)
    assert run("network", "init", folder / "homes", "--plan", plan, "--unprotected-key").status == 0
    for org in ("works", "mill"):
        settings = folder / "homes" / org / "node.toml"
        settings.write_text(settings.read_text().partition("\n[ledger]")[0] + "\n")
    return folder / "homes"


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize(("org", "engine"), [("works", 'engine = "comet"'), ("mill", 'engine = "follower"')])
def test_the_missing_table_is_named_with_the_remedy(homes: Path, words: tuple[str, ...], org: str, engine: str) -> None:
    refused = run(*words, homes / org, patience=60)

    assert refused.status == 2, refused.err
    assert "node.toml: [ledger]: the table is missing" in refused.err
    assert engine in refused.err
