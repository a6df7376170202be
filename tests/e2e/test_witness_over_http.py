"""A node asks the witnesses of its settings by itself; another node serves one. What fails is told, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served_home import ServedHome, build_home
from veriwatt.home.cosignatures import Cosignatures
from veriwatt.home.paths import HomePaths
from veriwatt.home.witness_home import make_witness
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.model.ledger.cosignature import WitnessKey
from veriwatt.node.init_home import init_home
from veriwatt.system.files import DiskFiles
from veriwatt.system.free_port import free_port
from veriwatt.testing.actors import sim_key
from veriwatt.testing.node_process import NodeProcess, until

NOBODY = WitnessKey("nobody.example/w9", sim_key("nobody").public)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ServedHome:
    return build_home(tmp_path_factory.mktemp("works"))


@pytest.fixture
def witness(built: ServedHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, WitnessKey]:
    """Another org's home, with a witness of the works' ledger in it."""
    monkeypatch.delenv("VERIWATT_PASSPHRASE_FILE", raising=False)
    root = tmp_path / "west"
    init_home(root, "west", unprotected=True)
    trust = parse_trust(HomePaths(built.root).trust.read_bytes())
    key = make_witness(root / "witness", "west.example/w1", trust, unprotected=True)
    _set(root, 'witness_homes = ["witness"]')
    return root, key


def _set(root: Path, *lines: str) -> None:
    settings = HomePaths(root).settings
    kept = [line for line in settings.read_text().splitlines() if not line.startswith("witness")]
    text = "\n".join([*kept, *lines]) + "\n"
    settings.write_text(text.replace("anchor_seconds = 60", "anchor_seconds = 1"))


@pytest.fixture
def serving(witness: tuple[Path, WitnessKey]) -> Iterator[NodeProcess]:
    node = NodeProcess.start(witness[0])
    yield node
    node.stop()


def cosigned(root: Path) -> dict[str, int]:
    stored = Cosignatures(DiskFiles(), HomePaths(root).cosigned).all()
    return {each.witness.name: each.checkpoint.size for each in stored}


def test_a_node_has_its_root_log_cosigned_and_says_which_witness_fails(
    built: ServedHome, witness: tuple[Path, WitnessKey], serving: NodeProcess
) -> None:
    _, key = witness
    dead = f'"{NOBODY} http://127.0.0.1:{free_port()}"'
    _set(built.root, f'witnesses = ["{key} http://127.0.0.1:{serving.port}", {dead}]')
    node = NodeProcess.start(built.root)
    try:
        until(lambda: cosigned(built.root))
        until(lambda: node.health().json().get("failing"))
        assert node.health().json()["failing"] == {f"witness {NOBODY.name}": "unavailable"}
        metrics = node.ask("GET", "/metrics").body.decode()
        assert f'veriwatt_failing{{work="witness {NOBODY.name}"}} 1.0' in metrics
        frames = node.chain()["frames"]
        assert node.post(built.uploads[:2]).status == 200
        until(lambda: node.chain()["anchored"] == frames + 2)
        assert set(cosigned(built.root)) == {key.name}
    finally:
        node.stop()
    size = cosigned(built.root)[key.name]

    node = NodeProcess.start(built.root)  # the anchor has grown the log since
    try:
        until(lambda: cosigned(built.root)[key.name] > size)
    finally:
        node.stop()


def test_anybody_may_ask_and_only_growth_that_a_block_proves_is_cosigned(serving: NodeProcess) -> None:
    session, serving.session = serving.session, ""
    answer = serving.ask("POST", "/witness/add-checkpoint", b"old 0\n\nworks-0123456789abcdef\n1\nAAAA\n\n- x y\n")
    assert answer.status == 400
    note = b"old 0\n\nworks-0123456789abcdef\n1\n" + b"A" * 43 + b"=\n\n" + "— x AAAAAAAA\n".encode()
    assert serving.ask("POST", "/witness/add-checkpoint", note).status == 404
    serving.session = session
