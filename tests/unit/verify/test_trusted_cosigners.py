"""A trust file lists the witnesses that its reader believes, and which orgs run the ledger."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from veriwatt.crypto.signing import PublicKey
from veriwatt.crypto.suites.ed25519 import ED25519
from veriwatt.errors import BadInput, Malformed, WrongFormat
from veriwatt.model.evidence.trust_file import Trust, parse_trust, render
from veriwatt.model.evidence.trusted_cosigners import Cosigner
from veriwatt.model.ledger.cosignature import WitnessKey
from veriwatt.testing.actors import sim_key
from veriwatt.testing.worlds import SimWorld

EAST, WEST = (Cosigner(WitnessKey(f"{org}.example/w", sim_key(org).public), org) for org in ("east", "west"))


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    world = SimWorld(tmp_path_factory.mktemp("listed"))
    made = world.trust()
    world.close()
    return made


def test_a_trust_file_with_witnesses_is_read_back(trust: Trust) -> None:
    listed = replace(trust, cosigners=(EAST, WEST), operators=("acme",))
    raw = render(listed)
    assert parse_trust(raw) == listed
    said = json.loads(raw)
    assert said["cosigners"][1] == {"name": "west.example/w", "key": WEST.witness.key.raw.hex(), "org": "west"}
    assert said["operators"] == ["acme"]


def test_without_witnesses_it_is_as_earlier_releases_wrote_it(trust: Trust) -> None:
    assert "operators" not in json.loads(render(trust))


def test_no_byte_of_it_can_change_unnoticed(trust: Trust) -> None:
    raw = render(replace(trust, cosigners=(WEST,), operators=("acme",)))
    for at in range(raw.index(b'"cosigners"'), raw.index(b'"written"')):
        with pytest.raises((BadInput, WrongFormat)):
            parse_trust(raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :])


def test_a_validator_is_no_witness(trust: Trust) -> None:
    key = PublicKey(ED25519, trust.validators.validators[0].public_key)
    with pytest.raises(Malformed, match="validator"):
        replace(trust, cosigners=(Cosigner(WitnessKey("puppet", key), "west"),), operators=("acme",))


@pytest.mark.parametrize(
    ("cosigners", "operators", "word"),
    [
        ((WEST,), (), "neither"),
        ((), ("acme",), "neither"),
        ((WEST, WEST), ("acme",), "twice"),
        ((replace(EAST, witness=replace(EAST.witness, key=WEST.witness.key)), WEST), ("acme",), "twice"),
        ((WEST, EAST), ("acme",), "order"),
        ((WEST,), ("b", "a"), "order"),
    ],
)
def test_a_wrong_list_is_refused(
    trust: Trust, cosigners: tuple[Cosigner, ...], operators: tuple[str, ...], word: str
) -> None:
    with pytest.raises(Malformed, match=word):
        replace(trust, cosigners=cosigners, operators=operators)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "ü", "a\n", "x" * 65])
def test_a_name_that_a_note_cannot_hold_is_refused(name: str) -> None:
    with pytest.raises(Malformed):
        WitnessKey(name, sim_key("west").public)


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.upper(),
        lambda text: text.replace("+", "+0", 1),
        lambda text: text[:-1],
        lambda text: text.rsplit("+", 1)[0] + "+AQ==",
        lambda text: "east" + text[4:],
    ],
)
def test_another_spelling_of_a_witness_key_is_refused(edit: object) -> None:
    assert callable(edit)
    assert WitnessKey.parse(str(WEST.witness)) == WEST.witness
    with pytest.raises(Malformed):
        WitnessKey.parse(edit(str(WEST.witness)))
