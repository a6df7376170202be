"""A terminal's own home, and what passes between it and its org."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.terminal_toml import terminal_toml
from veriwatt.energy.calendar import Zone
from veriwatt.errors import BadInput, Malformed, NotFound, NotOpenable, Refused, Unavailable, VeriwattError
from veriwatt.machine.terminals import queries
from veriwatt.membership.enrolment import WrongRequest, WrongTerminalKey, certifier, enrol_terminal, hand_over
from veriwatt.membership.new_ledger import OWNER
from veriwatt.membership.orgs import host_org
from veriwatt.model.points.status import Status
from veriwatt.model.terminals.handover import parse_handover, parse_request
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.ports.key_agent import Purpose
from veriwatt.terminal.enrolment.acceptance import WrongMember
from veriwatt.terminal.enrolment.keyring import WindowKeyNotFound
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.home_files import make_terminal
from veriwatt.terminal.sampling.samples import Sample
from veriwatt.testing.clocks import SimClock
from veriwatt.units import DAY, HOUR

NOW = 20_700 * DAY + 9 * HOUR
TOML = terminal_toml("works")


@dataclass
class Org:
    """A node with the org `works`, and the folder where terminals are made."""

    home: Home
    clock: SimClock
    folder: Path

    def terminal(self, name: str = "t1", text: str = TOML) -> TerminalHome:
        config = self.folder / f"{name}.toml"
        config.write_text(text)
        make_terminal(self.folder / name, config, self.home.paths.trust, unprotected=True)
        return TerminalHome(self.folder / name, self.clock)

    def enrol(self, request: bytes, org: str = "works") -> bool:
        member_client, asked = self.home.member_client(org), parse_request(request)
        now = self.clock.now()
        return enrol_terminal(self.home.ledger, member_client, self.home.keys, asked, now, redefine=True).new

    def hand(self, request: bytes, days: int = 30, member: str = "works") -> bytes:
        ledger, keys = self.home.ledger, self.home.keys
        return hand_over(
            ledger,
            self.home.member_client("works"),
            keys.agent,
            keys.member(member, OWNER),
            parse_request(request),
            days,
        )


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Org]:
    clock = SimClock(NOW)
    init_home(tmp_path / "node", "works", unprotected=True, clock=clock)
    with Home(tmp_path / "node", clock) as home:
        yield Org(home, clock, tmp_path)


def test_a_terminal_is_enrolled_with_its_points_once(org: Org) -> None:
    with org.terminal() as terminal:
        assert org.enrol(terminal.request()) is True
        assert org.enrol(terminal.request()) is False
        passport = queries.present_passport(org.home.ledger, "works", "t1")
        assert passport.newest_key.key == terminal.keyring.signer.public
        newest = org.home.points.newest("works", "main")
        assert [d.id for d in newest.definitions] == ["main"]
        assert newest.version.n == 1


def test_a_handover_brings_the_keys_of_its_windows_and_of_no_other(org: Org) -> None:
    with org.terminal() as terminal:
        org.enrol(terminal.request())
        terminal.accept(org.hand(terminal.request()))
        today = 20_700
        for number in (today, today + 30):
            assert terminal.keyring.window_key("main", number) == org.home.keys.agent.window_key(
                "works", "main", number, Purpose.SEAL
            )
        for number in (today - 1, today + 31):
            with pytest.raises(WindowKeyNotFound):
                terminal.keyring.window_key("main", number)
        terminal.keyring.forget_before({"main": today + 2})
        with pytest.raises(WindowKeyNotFound):
            terminal.keyring.window_key("main", today + 1)
    with TerminalHome(org.folder / "t1", org.clock) as again:
        with pytest.raises(WindowKeyNotFound):
            again.keyring.window_key("main", today + 1)
        assert again.keyring.window_key("main", today + 2)


def test_a_handover_to_one_terminal_opens_nothing_at_another(org: Org) -> None:
    with (
        org.terminal() as one,
        org.terminal(
            "t2", TOML.replace('"t1"', '"t2"').replace('id = "main"', 'id = "second"\ngroup = "second"')
        ) as two,
    ):
        org.enrol(one.request())
        org.enrol(two.request())
        handed = org.hand(one.request())
        with pytest.raises(Refused, match="works/t1"):
            two.accept(handed)
        with pytest.raises(NotOpenable):
            two.keyring.take(parse_handover(handed))
        assert not two.has_handover


def test_a_request_of_another_device_under_the_same_name_is_refused(org: Org) -> None:
    with org.terminal() as terminal, org.terminal("clone") as clone:
        org.enrol(terminal.request())
        with pytest.raises(WrongTerminalKey):
            org.enrol(clone.request())
        with pytest.raises(WrongTerminalKey):
            org.hand(clone.request())


def test_a_request_for_another_org_is_refused(org: Org) -> None:
    host_org(
        org.home.ledger, org.home.keys, org.home.member_client("works"), org.home.member_client, "others", "Others"
    )
    with org.terminal() as terminal, pytest.raises(WrongRequest):
        org.enrol(terminal.request(), "others")


def test_only_the_member_of_the_first_handover_hands_over_later(org: Org) -> None:
    host_org(
        org.home.ledger, org.home.keys, org.home.member_client("works"), org.home.member_client, "others", "Others"
    )
    with org.terminal() as terminal:
        org.enrol(terminal.request())
        terminal.accept(org.hand(terminal.request()))
        with pytest.raises(WrongMember):
            terminal.accept(org.hand(terminal.request(), member="others"))
        terminal.accept(org.hand(terminal.request(), days=60))
        assert terminal.keyring.covered("main") == 20_761


def test_a_changed_point_begins_at_the_next_midnight(org: Org) -> None:
    with org.terminal() as terminal:
        org.enrol(terminal.request())
        first = org.home.points.newest("works", "main").version
        terminal.paths.config.write_text(TOML.replace('"0.01"', '"0.1"'))
    with TerminalHome(org.folder / "t1", org.clock) as changed:
        org.enrol(changed.request())
    second = org.home.points.newest("works", "main").version
    assert (second.n, second.effective_from - first.effective_from) == (2, DAY)


def test_a_new_group_begins_with_the_day_of_the_oldest_slot_that_waits_for_it(org: Org) -> None:
    with org.terminal() as terminal:
        start = NOW - 3 * DAY
        terminal.spool.add_samples([Sample("main", start, start + HOUR, 1, Status.MEASURED, start + HOUR)])
        org.enrol(terminal.request())
        terminal.accept(org.hand(terminal.request()))
        ((version,),) = (group.versions for group in terminal.definitions.handed_groups())
    zone = Zone.parse("+08:00")
    assert version.in_force_from == zone.midnight(zone.day(start))


def test_only_a_metrology_or_regulator_member_certifies(org: Org) -> None:
    with pytest.raises(NotFound, match="metrology or regulator"):
        certifier(org.home.ledger, "works")


def test_a_terminal_without_a_handover_names_the_remedy(org: Org) -> None:
    with org.terminal() as terminal, pytest.raises(NotFound, match="terminal enrol"):
        terminal.frame_scheduler()


def test_a_terminal_is_made_whole_or_not_at_all(org: Org, tmp_path: Path) -> None:
    config, trust = tmp_path / "t.toml", tmp_path / "trust.json"
    config.write_text(TOML)
    trust.write_bytes(org.home.paths.trust.read_bytes().replace(b"checkpoint", b"chuckpoint"))
    nowhere = tmp_path / "nowhere.json"
    attempts = [(trust, True, BadInput), (nowhere, True, NotFound), (org.home.paths.trust, False, Refused)]
    for file, unprotected, error in attempts:
        with pytest.raises(error):
            make_terminal(tmp_path / "new", config, file, unprotected=unprotected)
        assert not (tmp_path / "new").exists()
    assert not [p for p in tmp_path.iterdir() if p.name.endswith(".new")]


def test_a_terminals_home_is_not_made_in_a_folder_with_another(org: Org) -> None:
    org.terminal().close()
    with pytest.raises(Refused, match="exists already"):
        org.terminal()


def test_two_processes_do_not_work_in_one_home(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("veriwatt.system.exclusive_lock.LONGEST_WAIT", 0.1)
    with org.terminal():
        with pytest.raises(Unavailable, match=r"process \d+\) has locked the home"):
            TerminalHome(org.folder / "t1", org.clock)
        with TerminalHome(org.folder / "t1", org.clock, reading=True) as looking:
            assert looking.spool.counts() == {}
    TerminalHome(org.folder / "t1", org.clock).close()


def test_keys_of_a_terminal_are_readable_by_their_owner_alone(org: Org) -> None:
    with org.terminal() as terminal:
        assert terminal.paths.keystore.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("raw", [b"", b"\x80", b"not a handover", b"\x9b" + b"\xff" * 8])
def test_a_malformed_handover_changes_nothing(org: Org, raw: bytes) -> None:
    with org.terminal() as terminal:
        before = terminal.paths.keystore.read_bytes()
        with pytest.raises(Malformed):
            terminal.accept(raw)
        assert terminal.paths.keystore.read_bytes() == before
        assert issubclass(Malformed, VeriwattError)
