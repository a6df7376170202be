"""A witness over HTTP: C2SP's statuses, and the rules of the file drop behind them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from veriwatt.errors import BadInput
from veriwatt.home.witness_door import WitnessDoor
from veriwatt.home.witness_home import WitnessHome, make_witness
from veriwatt.ids import Digest
from veriwatt.model.ledger.add_checkpoint import MAX_BODY, SIZE_TYPE, AddCheckpoint
from veriwatt.model.ledger.cosignature import RootCheckpoint, WitnessKey, cosignature_in
from veriwatt.reading.witness_request import add_checkpoint, checkpoint_at
from veriwatt.system.exclusive_lock import HomeLocked
from veriwatt.testing.actors import START
from veriwatt.testing.council_world import CouncilWorld
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import SimWorld
from veriwatt.units import DAY


class Site:
    """An honest ledger, its twin of the same keys and beginning, and a witness that a node serves."""

    def __init__(self, folder: Path) -> None:
        self.own, self.twin = SimWorld(folder / "own"), SimWorld(folder / "twin")
        self.home = folder / "w"
        self.key: WitnessKey = make_witness(self.home, "west.example/w1", self.own.trust(), unprotected=True)
        self.door = WitnessDoor([self.home], self.own.clock)

    def close(self) -> None:
        self.door.close()
        self.own.close()
        self.twin.close()

    def asked(self, old: int = 0, world: SimWorld | None = None) -> AddCheckpoint:
        return add_checkpoint((world or self.own).ledger, old)

    def status(self, asked: AddCheckpoint | bytes) -> int:
        return self.door.add_checkpoint(asked if isinstance(asked, bytes) else asked.to_bytes()).status

    def cosigned(self, world: SimWorld | None = None) -> int:
        """The size that the witness cosigned, after it was asked for all there is."""
        asked = self.asked(self.size, world)
        assert self.status(asked) == 200
        return asked.checkpoint.size

    @property
    def size(self) -> int:
        answer = self.door.add_checkpoint(replace(self.asked(), old=self.asked().checkpoint.size).to_bytes())
        return int(answer.body) if answer.status == 409 else self.asked().checkpoint.size


def grow(world: SimWorld, days: int = 1) -> None:
    world.must(world.inspector.certify(world.terminal, START, START + days * DAY))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.delenv("VERIWATT_PASSPHRASE_FILE", raising=False)
    made = Site(tmp_path)
    yield made
    made.close()


def test_a_checkpoint_is_cosigned_and_then_its_growth_from_there(site: Site) -> None:
    first = site.asked()
    answer = site.door.add_checkpoint(first.to_bytes())
    assert answer.status == 200
    found = cosignature_in(answer.body.splitlines(), site.key)
    assert found is not None
    found.verify(first.checkpoint, site.key)

    grow(site.own)
    second = site.asked(first.checkpoint.size)
    assert second.path
    assert site.status(second) == 200
    assert site.status(site.asked(second.checkpoint.size)) == 200, "the same again"


def test_another_old_size_is_answered_with_the_one_that_was_cosigned(site: Site) -> None:
    answer = site.door.add_checkpoint(replace(site.asked(), old=1).to_bytes())
    assert (answer.status, answer.body, answer.media) == (409, "0\n", SIZE_TYPE)
    size = site.cosigned()
    grow(site.own)
    answer = site.door.add_checkpoint(site.asked().to_bytes())
    assert (answer.status, answer.body, answer.media) == (409, f"{size}\n", SIZE_TYPE)


def test_the_same_size_with_another_root_is_a_conflict_and_keeps_its_proof(site: Site) -> None:
    grow(site.own)
    size = site.cosigned()
    grow(site.twin, days=2)
    asked = site.asked(size, site.twin)
    assert asked.checkpoint.size == size
    assert site.status(asked) == 409
    assert [*(site.home / "forks").iterdir()]


def test_the_growth_of_another_history_is_unprocessable_and_keeps_its_proof(site: Site) -> None:
    grow(site.own)
    size = site.cosigned()
    grow(site.twin, days=2)
    grow(site.twin, days=3)
    answer = site.door.add_checkpoint(site.asked(size, site.twin).to_bytes())
    assert (answer.status, answer.body.split(":")[0]) == (422, "fork-proven")
    assert [*(site.home / "forks").iterdir()]
    grow(site.own, days=4)
    assert site.cosigned() > size, "the history that was cosigned goes on"


def test_a_ledger_without_a_witness_here_is_not_found(site: Site, tmp_path: Path) -> None:
    other = SimWorld(tmp_path / "other", founder="bob")
    assert site.status(site.asked(0, other)) == 404
    assert WitnessDoor(()).add_checkpoint(site.asked().to_bytes()).status == 404
    other.close()


Edit = Callable[[AddCheckpoint], AddCheckpoint | bytes]


def with_root(asked: AddCheckpoint) -> AddCheckpoint:
    return replace(asked, checkpoint=replace(asked.checkpoint, root=Digest(bytes(32))))


def with_line(asked: AddCheckpoint, *, at: int) -> AddCheckpoint:
    """The ledger's line with a byte of its proof changed."""
    start, _, blob = asked.lines[0].rpartition(" ")
    raw = bytearray(b64decode(blob))
    raw[at] ^= 1
    return replace(asked, lines=(f"{start} {b64encode(bytes(raw)).decode()}",))


UNPROVEN: dict[str, Edit] = {
    "without the ledger's line": lambda asked: replace(asked, lines=("— someone AAAAAAAA",)),
    "under another key hash": lambda asked: with_line(asked, at=0),
    "a proof that does not parse": lambda asked: with_line(asked, at=4),
    "a vote altered": lambda asked: with_line(asked, at=-200),
    "another root than the proof's": with_root,
    "another size than the proof's": lambda asked: replace(
        asked, checkpoint=replace(asked.checkpoint, size=asked.checkpoint.size + 1)
    ),
}


@pytest.mark.parametrize("name", UNPROVEN)
def test_a_checkpoint_that_no_final_block_proves_is_forbidden(site: Site, name: str) -> None:
    assert site.status(UNPROVEN[name](site.asked())) == 403
    assert site.size == 0


def test_blocks_of_strangers_are_forbidden(site: Site, tmp_path: Path) -> None:
    """Whoever may write here could else lead the witness ahead of its ledger."""
    strangers = CouncilWorld(tmp_path / "strangers")
    assert strangers.ledger.chain_id == site.own.ledger.chain_id
    assert site.status(site.asked(0, strangers.world)) == 403
    strangers.world.close()


def test_a_block_of_after_the_trust_period_is_forbidden(site: Site) -> None:
    size = site.cosigned()
    site.own.clock.advance_to(site.own.clock.now() + 181 * DAY)
    grow(site.own)
    answer = site.door.add_checkpoint(site.asked(size).to_bytes())
    assert (answer.status, answer.body.split(":")[0]) == (403, "trust-expired")


@pytest.mark.parametrize("wrong", ["a hash left out", "a hash changed", "none"])
def test_a_path_that_does_not_lead_there_is_unprocessable(site: Site, wrong: str) -> None:
    size = site.cosigned()
    for _ in range(3):
        grow(site.own)
    asked = site.asked(size)
    path = {"a hash left out": asked.path[1:], "a hash changed": (Digest(bytes(32)), *asked.path[1:]), "none": ()}[
        wrong
    ]
    assert site.status(replace(asked, path=path)) == 422
    assert site.size == size


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"old 0\n\n",
        b"old x\n\nnote",
        b"old 0" + b"\n" + b"AAAA\n" * 64 + b"\nnote",
        b"x" * (MAX_BODY + 1),
    ],
)
def test_what_is_no_request_is_a_bad_one(site: Site, body: bytes) -> None:
    assert site.status(body) == 400


def test_spellings_and_sizes_beyond_the_checkpoint_are_bad_requests(site: Site) -> None:
    asked = site.asked()
    text = asked.to_bytes()
    assert site.status(replace(asked, old=asked.checkpoint.size + 1)) == 400
    assert site.status(text.replace(b"old 0", b"old 00", 1)) == 400
    assert site.status(text.replace(b"old 0\n", b"old 0\r\n", 1)) == 400
    assert AddCheckpoint.from_bytes(text) == asked


def test_a_state_that_cannot_be_stored_gives_nothing_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = site.asked().to_bytes()
    (site.home / "state").unlink()
    (site.home / "state").mkdir()
    (site.home / "state" / "in the way").touch()
    assert site.status(raw) == 503
    assert site.asked().checkpoint == checkpoint_at(site.own.ledger, site.asked().checkpoint.size)


def test_a_home_is_served_by_one_node_and_a_ledger_has_one_witness(site: Site, tmp_path: Path) -> None:
    with pytest.raises(HomeLocked):
        WitnessHome(site.home)
    make_witness(tmp_path / "second", "east.example/w2", site.own.trust(), unprotected=True)
    site.door.close()
    with pytest.raises(BadInput, match="second witness"):
        WitnessDoor([site.home, tmp_path / "second"])
    WitnessHome(site.home).close()


def test_the_checkpoint_is_c2sps(site: Site) -> None:
    old, rest = site.asked().to_bytes().decode().split("\n", 1)
    assert old == "old 0"
    empty, origin, size, root, blank, line, end = rest.split("\n")
    assert (empty, blank, end) == ("", "", "")
    assert RootCheckpoint(origin, int(size), site.asked().checkpoint.root).text() == f"{origin}\n{size}\n{root}\n"
    assert line.startswith(f"— {origin} ")
