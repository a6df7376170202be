"""A validator that was copied, or comes back from a backup, must not sign where it has signed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.comet_program import comet_program
from tests.put_back import cp_over, rsync
from veriwatt.ledger.comet.signing_place import ValidatorCopied
from veriwatt.ports.ledger import submit
from veriwatt.testing.actors import SimMember, SimTerminal, sim_genesis
from veriwatt.testing.comet_network import CometNetwork, height_of, wait_until

pytestmark = [pytest.mark.engine]

STATE = "comet/data/priv_validator_state.json"


def put_back_whole(backup: Path, home: Path) -> None:
    shutil.rmtree(home)
    shutil.copytree(backup, home)


def put_back_the_state_alone(backup: Path, home: Path) -> None:
    shutil.copy2(backup / STATE, home / STATE)


@pytest.mark.parametrize("put_back", [put_back_whole, rsync, cp_over, put_back_the_state_alone])
def test_a_validator_that_is_put_back_from_a_backup_does_not_start_and_signs_nothing(tmp_path: Path, put_back) -> None:  # type: ignore[no-untyped-def]
    ann, backup = SimMember("acme", "ann"), tmp_path / "backup"
    with CometNetwork(tmp_path, sim_genesis(ann), comet_program()) as network:
        ledger, home = network.run(0), network.folder(0)
        wait_until(lambda: height_of(ledger) > 0)
        network.stop(0)
        shutil.copytree(home, backup, ignore=shutil.ignore_patterns("app.sock"))
        submit(network.run(0), [ann.enrol(SimTerminal("acme", "t1"))])
        network.stop(0)
        put_back(backup, home)
        signed = (home / STATE).read_bytes()
        assert signed == (backup / STATE).read_bytes()

        with pytest.raises(ValidatorCopied, match="might sign twice"):
            network.run(0)
        assert (home / STATE).read_bytes() == signed


def test_its_owner_may_answer_for_a_copy(tmp_path: Path) -> None:
    ann = SimMember("acme", "ann")
    with CometNetwork(tmp_path, sim_genesis(ann), comet_program()) as network:
        ledger, home = network.run(0), network.folder(0)
        wait_until(lambda: height_of(ledger) > 0)
        network.stop(0)
        home.rename(tmp_path / "old")
        shutil.copytree(tmp_path / "old", home, ignore=shutil.ignore_patterns("app.sock"))
        with pytest.raises(ValidatorCopied):
            network.run(0)

        (home / "comet/place").unlink()
        wait_until(lambda: height_of(network.running.get(0) or network.run(0)) > 0)


def test_a_home_that_is_renamed_closed_to_others_or_killed_starts_again(tmp_path: Path) -> None:
    ann = SimMember("acme", "ann")
    with CometNetwork(tmp_path, sim_genesis(ann), comet_program()) as network:
        ledger = network.run(0)
        wait_until(lambda: height_of(ledger) > 0)
        ledger.node.process.stop()
        wait_until(lambda: ledger.node.process.wait(0) is False)
        network.stop(0)
        network.folder(0).rename(tmp_path / "elsewhere")
        (tmp_path / "elsewhere").rename(network.folder(0))
        for path in network.folder(0).rglob("*"):  # as `chmod -R go-rwx` and `chown -R` of the same owner do
            path.chmod(path.stat().st_mode & 0o700)
        submit(network.run(0), [ann.open_log()])
