"""The note beside a validator's signing state, against ways in which an older state comes back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.put_back import cp_over, rsync
from veriwatt.ledger.comet import signing_place
from veriwatt.ledger.comet.comet_home import SIGNING_STATE, VALIDATOR_KEY
from veriwatt.ledger.comet.signing_place import SigningPlace, ValidatorCopied


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "comet"
    for name in (SIGNING_STATE, VALIDATOR_KEY):
        (home / name).parent.mkdir(parents=True)
    (home / VALIDATOR_KEY).write_text("the key")
    sign(home, 40)
    return home


def sign(home: Path, height: int, step: int = 3) -> None:
    """As CometBFT does: a new file takes the place of the old one."""
    fresh = home / "data" / "fresh"
    fresh.write_text(json.dumps({"height": str(height), "round": 0, "step": step}))
    fresh.replace(home / SIGNING_STATE)


def test_a_node_that_was_killed_after_it_signed_starts_again(home: Path) -> None:
    SigningPlace(home).check()
    sign(home, 41, 2)

    SigningPlace(home).check()
    SigningPlace(home).check()


def test_an_older_step_of_the_same_height_is_older(home: Path) -> None:
    place = SigningPlace(home)
    place.check()
    sign(home, 41, 3)
    place.note()
    sign(home, 41, 2)

    with pytest.raises(ValidatorCopied, match=r"height 41, round 0, step 2 .* height 41, round 0, step 3"):
        SigningPlace(home).check()


@pytest.mark.parametrize("put_back", [rsync, cp_over])
def test_a_copy_that_was_made_while_the_validator_ran_is_found_out_after_a_kill(
    home: Path, tmp_path: Path, put_back: Callable[[Path, Path], None]
) -> None:
    place = SigningPlace(home)
    place.check()
    shutil.copytree(home, tmp_path / "backup")
    sign(home, 41)
    place.note()
    put_back(tmp_path / "backup", home)

    with pytest.raises(ValidatorCopied):
        SigningPlace(home).check()


def test_a_home_that_was_put_back_under_a_running_node_is_not_taken_for_its_own(home: Path, tmp_path: Path) -> None:
    place = SigningPlace(home)
    place.check()
    shutil.copytree(home, tmp_path / "backup")
    sign(home, 41)
    place.note()
    rsync(tmp_path / "backup", home)
    place.note()  # when it is stopped

    with pytest.raises(ValidatorCopied):
        SigningPlace(home).check()


def test_a_start_that_was_refused_is_refused_again(home: Path) -> None:
    SigningPlace(home).check()
    sign(home, 39)
    place = SigningPlace(home)
    with pytest.raises(ValidatorCopied):
        place.check()
    place.note()

    with pytest.raises(ValidatorCopied):
        SigningPlace(home).check()


@pytest.mark.parametrize("lost", [SIGNING_STATE, VALIDATOR_KEY])
def test_a_lost_state_or_key_is_named(home: Path, lost: str) -> None:
    SigningPlace(home).check()
    (home / lost).unlink()

    with pytest.raises(ValidatorCopied, match=Path(lost).name):
        SigningPlace(home).check()


def test_where_no_birth_is_told_the_key_names_the_place(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_place, "born", lambda _: None)
    SigningPlace(home).check()
    SigningPlace(home).check()
    home.rename(tmp_path / "old")
    shutil.copytree(tmp_path / "old", home)

    with pytest.raises(ValidatorCopied):
        SigningPlace(home).check()
