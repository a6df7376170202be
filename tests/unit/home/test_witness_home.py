"""A witness remembers what it cosigned before it gives it out; a node takes in what it can verify, of its own log."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.errors import BadInput, BadSignature, Malformed, NotFound, Unavailable
from veriwatt.home.cosignatures import Cosignatures, CosignaturesDamaged, OtherHistory
from veriwatt.home.home_format import NODE, write_home_format
from veriwatt.home.witness_home import WitnessHome, WitnessPaths, WitnessStateLost, WitnessStore, make_witness
from veriwatt.model.ledger.cosignature import RootCheckpoint, WitnessKey, parse_note, write_note
from veriwatt.model.ledger.witness_request import WitnessRequest
from veriwatt.reading.witness_request import checkpoint_at, witness_request
from veriwatt.system.files import DiskFiles
from veriwatt.system.held_files import HomeReplaced
from veriwatt.testing.actors import START, sim_key
from veriwatt.testing.edits import replace
from veriwatt.testing.power import ForgetfulFiles
from veriwatt.testing.worlds import SimWorld
from veriwatt.units import DAY
from veriwatt.verify.witness import CheckpointBehind, WitnessPutBack

NAME, SIGNER = "west.example/w1", sim_key("west")
WITNESS = WitnessKey(NAME, SIGNER.public)
PATHS = WitnessPaths(Path("/witness"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimWorld]:
    made = SimWorld(tmp_path / "ledger")
    yield made
    made.close()


@pytest.fixture
def disk(tmp_path: Path, world: SimWorld, monkeypatch: pytest.MonkeyPatch) -> ForgetfulFiles:
    """A disk with the state of a new witness."""
    monkeypatch.delenv("VERIWATT_PASSPHRASE_FILE", raising=False)
    make_witness(tmp_path / "w", NAME, world.trust(), unprotected=True)
    files = ForgetfulFiles()
    files.make_folder(PATHS.root)
    files.edit(PATHS.state, (tmp_path / "w" / "state").read_bytes())
    return files


def store(disk: ForgetfulFiles) -> WitnessStore:
    return WitnessStore(disk, PATHS, SIGNER)


def request(world: SimWorld, *sizes: int) -> bytes:
    return witness_request(world.ledger, {size: [] for size in sizes}).to_bytes()


def grow(world: SimWorld, days: int) -> None:
    world.must(world.inspector.certify(world.terminal, START, START + days * DAY))


def size_of(note: str) -> int:
    return parse_note(note)[0].size


def test_what_was_cosigned_survives_a_power_cut(world: SimWorld, disk: ForgetfulFiles) -> None:
    first = request(world)
    size = size_of(store(disk).cosign(first, world.clock.now()))
    grow(world, 1)
    note = store(disk).cosign(request(world, size), world.clock.now())
    disk.cut_power()
    after = store(disk)
    assert after.state.cosigned is not None
    assert after.state.cosigned.root_log == parse_note(note)[0]
    with pytest.raises(CheckpointBehind):
        after.cosign(first, world.clock.now())


def test_no_cosignature_is_given_out_that_is_not_durable(world: SimWorld, disk: ForgetfulFiles) -> None:
    witness = store(disk)
    disk.room = 10
    with pytest.raises(Unavailable):
        witness.cosign(request(world), world.clock.now())
    assert witness.state.head is None
    disk.room = None
    disk.cut_power()
    assert store(disk).state.head is None


def test_the_same_request_is_answered_again(world: SimWorld, disk: ForgetfulFiles) -> None:
    raw, now = request(world), world.clock.now()
    assert store(disk).cosign(raw, now) == store(disk).cosign(raw, now)


@pytest.mark.parametrize("damage", [b"", b"\x85", b"other"])
def test_a_witness_without_its_state_does_not_begin_anew(disk: ForgetfulFiles, damage: bytes) -> None:
    disk.edit(PATHS.state, damage)
    with pytest.raises(WitnessStateLost, match="new key"):
        store(disk)
    disk.unlink(PATHS.state)
    with pytest.raises(WitnessStateLost, match="is missing"):
        store(disk)


def test_a_witness_put_back_is_found_by_its_own_line(world: SimWorld, disk: ForgetfulFiles, tmp_path: Path) -> None:
    new, taken = disk.read(PATHS.state), Cosignatures(DiskFiles(), tmp_path / "cosigned")
    note = store(disk).cosign(request(world), world.clock.now())
    taken.take_in(note, WITNESS, checkpoint_at(world.ledger, size_of(note)))
    grow(world, 1)
    shown = witness_request(world.ledger, taken.lines_by_size())
    disk.edit(PATHS.state, new)
    with pytest.raises(WitnessPutBack):
        store(disk).cosign(shown.to_bytes(), world.clock.now())


def test_a_forged_line_does_not_stop_a_witness(world: SimWorld, disk: ForgetfulFiles) -> None:
    note = store(disk).cosign(request(world), world.clock.now())
    size, line = size_of(note), parse_note(note)[1][0]
    grow(world, 1)
    grow(world, 2)
    shown = witness_request(world.ledger, {size: [], size + 1: [line]})  # its line, of another size
    assert size_of(store(disk).cosign(shown.to_bytes(), world.clock.now())) == size + 2


def test_random_bytes_are_no_request(disk: ForgetfulFiles) -> None:
    for raw in (b"", b"\xff", b"\x83\x02\x80\x40", bytes(2 << 20)):
        with pytest.raises(Malformed):
            store(disk).cosign(raw, START)


def test_the_sizes_of_a_request_ascend(world: SimWorld) -> None:
    grow(world, 1)
    made = witness_request(world.ledger, {1: [], 2: []})
    with pytest.raises(Malformed, match="ascend"):
        replace(made, growths=made.growths[::-1])
    assert WitnessRequest.from_bytes(made.to_bytes()) == made


def test_a_home_of_another_kind_is_no_witness(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="witness init"):
        WitnessHome(tmp_path)
    write_home_format(DiskFiles(), tmp_path, NODE)
    with pytest.raises(BadInput, match="is a node's home, and this is for a witness's"):
        WitnessHome(tmp_path)


def test_a_witness_whose_folder_is_exchanged_under_it_gives_nothing_out(
    world: SimWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VERIWATT_PASSPHRASE_FILE", raising=False)
    make_witness(tmp_path / "west", NAME, world.trust(), unprotected=True)
    shutil.copytree(tmp_path / "west", tmp_path / "copy")
    with WitnessHome(tmp_path / "west", world.clock) as witness:
        (tmp_path / "west").rename(tmp_path / "away")
        (tmp_path / "copy").rename(tmp_path / "west")
        with pytest.raises(HomeReplaced):
            witness.cosign(request(world))
        assert witness.store.state.head is None
    with WitnessHome(tmp_path / "west", world.clock) as witness:
        assert size_of(witness.cosign(request(world))) == world.ledger.head().root_log_size


def test_a_node_takes_in_only_what_a_known_witness_signed_of_its_own_log(
    world: SimWorld, disk: ForgetfulFiles, tmp_path: Path
) -> None:
    taken = Cosignatures(DiskFiles(), tmp_path / "cosigned")
    note = store(disk).cosign(request(world), world.clock.now())
    checkpoint, lines = parse_note(note)
    own = checkpoint_at(world.ledger, checkpoint.size)
    assert own == checkpoint
    with pytest.raises(BadInput, match="--key"):
        taken.take_in(note, None, own)
    with pytest.raises(BadInput, match="none of the known"):
        taken.take_in(note, WitnessKey(NAME, sim_key("other").public), own)
    other = RootCheckpoint(own.chain, own.size + 1, own.root)
    with pytest.raises(BadSignature):
        taken.take_in(write_note(other, [f"{line}\n" for line in lines]), WITNESS, other)
    with pytest.raises(OtherHistory):
        taken.take_in(note, WITNESS, other)
    assert taken.all() == []
    found = taken.take_in(note, WITNESS, own)
    assert taken.all() == [found]


def test_an_older_answer_does_not_replace_a_newer_one(world: SimWorld, disk: ForgetfulFiles, tmp_path: Path) -> None:
    taken = Cosignatures(DiskFiles(), tmp_path / "cosigned")
    old = store(disk).cosign(request(world), world.clock.now())
    grow(world, 1)
    new = store(disk).cosign(request(world, size_of(old)), world.clock.now())
    for note in (new, old):
        own = checkpoint_at(world.ledger, size_of(note))
        assert taken.take_in(note, WITNESS, own).checkpoint.size == size_of(new)
    (file,) = (tmp_path / "cosigned").iterdir()
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(CosignaturesDamaged):
        taken.all()


def test_a_size_that_the_ledger_does_not_have_is_named(world: SimWorld) -> None:
    size = world.ledger.head().root_log_size
    for ask in (lambda: checkpoint_at(world.ledger, size + 1), lambda: request(world, size + 1)):
        with pytest.raises(NotFound, match=f"{size} leaves"):
            ask()
