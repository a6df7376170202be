"""From an empty folder to a certified terminal, a retired one, and keys restored from shares, by commands alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.terminal_toml import terminal_toml
from veriwatt.cli.main import main


class Cli:
    """The command line, run in this process in a folder of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def run(self, *args: str, expect: int = 0) -> str:
        """What it says on stderr, once its exit status is the expected one."""
        return self._run(args, expect)[1]

    def ask(self, *args: str) -> dict[str, Any]:
        """The object that --json prints."""
        answer: dict[str, Any] = json.loads(self._run((*args, "--json"), 0)[0])
        return answer

    def _run(self, args: tuple[str, ...], expect: int) -> tuple[str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(args))
        out, err = self._capsys.readouterr()
        assert (ended.value.code or 0) == expect, err
        return out, err


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    secret = tmp_path / "passphrase"
    secret.write_text("a passphrase for tests only")
    secret.chmod(0o600)
    monkeypatch.setenv("VERIWATT_PASSPHRASE_FILE", str(secret))
    monkeypatch.chdir(tmp_path)
    made = Cli(tmp_path, capsys)
    made.ask("init", "home", "--org", "park")
    return made


def test_a_terminal_is_made_enrolled_certified_and_retired(cli: Cli) -> None:
    (cli.folder / "t1.toml").write_text(terminal_toml("steel"))
    for org in ("steel", "metro"):
        cli.ask("org", "add", org, "--home", "home")
    cli.ask("member", "add", "inspector", "--role", "metrology", "--org", "metro", "--home", "home")
    cli.ask("org", "grant-role", "metro", "metrology", "--home", "home")
    made = cli.ask("terminal", "init", "--home", "t1", "--config", "t1.toml", "--trust", "home/trust.json")
    fresh = cli.ask("terminal", "status", "--home", "t1")
    assert (fresh["key_days_left"], fresh["ledger_known"]) == (None, None)
    assert [what.partition(":")[0] for what in fresh["remedies"]] == ["no handover is accepted yet"]
    enrolled = cli.ask("terminal", "enrol", made["request"], "--home", "home", "-o", "handover")
    assert (enrolled["new"], enrolled["points"], enrolled["key_id"]) == (True, 1, made["key_id"])
    assert cli.ask("terminal", "accept", "handover", "--home", "t1")["first"] is True
    ready = cli.ask("terminal", "status", "--home", "t1")
    assert (ready["key_days_left"], ready["remedies"]) == (30, [])
    certified = cli.ask("terminal", "certify", "--terminal", "t1", "--org", "steel", "--by", "metro", "--home", "home")
    assert certified["by"] == "metro/inspector"
    (listed,) = cli.ask("terminal", "list", "--home", "home")["terminals"]
    assert (listed["certified_by"], listed["revoked"], listed["protection"]) == ("metro/inspector", None, "file")
    assert [p["id"] for p in cli.ask("points", "list", "--home", "home")["points"]] == ["main"]

    cli.ask("terminal", "request", "--home", "t1", "-o", "again")
    cli.ask("terminal", "renew-keys", "again", "--home", "home", "-o", "more", "--days", "60")
    cli.ask("terminal", "accept", "more", "--home", "t1")
    assert cli.ask("terminal", "status", "--home", "t1")["key_days_left"] == 60

    cli.ask("terminal", "revoke", "--terminal", "t1", "--org", "steel", "--reason", "retired", "--home", "home")
    assert cli.ask("terminal", "list", "--home", "home")["terminals"][0]["revoked"] == "retired"
    refused = cli.run(
        "terminal", "certify", "--terminal", "t1", "--org", "steel", "--by", "metro", "--home", "home", expect=1
    )
    assert "it is retired" in refused


def test_only_another_org_reports_a_key_compromised_in_the_past(cli: Cli) -> None:
    (cli.folder / "t1.toml").write_text(terminal_toml("park"))
    cli.ask("org", "add", "metro", "--home", "home")
    cli.ask("member", "add", "inspector", "--role", "metrology", "--org", "metro", "--home", "home")
    cli.ask("org", "grant-role", "metro", "metrology", "--home", "home")
    cli.ask("terminal", "init", "--home", "t1", "--config", "t1.toml", "--trust", "home/trust.json")
    cli.ask("terminal", "enrol", "t1/request", "--home", "home", "-o", "handover")
    report = ["terminal", "revoke", "--terminal", "t1", "--reason", "compromised", "--home", "home"]
    days_ago = (datetime.now(UTC) - timedelta(days=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    past = ["--from", days_ago]
    assert "only another org" in cli.run(*report, *past, expect=1)
    assert cli.ask(*report)["from"] is not None
    assert cli.ask(*report, *past, "--by", "metro/inspector")["from"].startswith(days_ago[:19])
    assert "30 days" in cli.run(*report, "--from", "2026-01-01T00:00:00Z", "--by", "metro/inspector", expect=1)
    answered = cli.ask("terminal", "answer", "--terminal", "t1", "--text", "a false alarm", "--home", "home")
    assert (answered["reported_by"], answered["text"]) == ("metro", "a false alarm")


def test_an_org_that_holds_its_own_keys_is_added_by_its_public_key(cli: Cli) -> None:
    key = cli.ask("member", "add", "second", "--role", "reader", "--home", "home")["key"]
    assert "already" in cli.run("org", "add", "others", "--key", key, "--home", "home", expect=1)
    assert "no public key" in cli.run("org", "add", "others", "--key", "00", "--home", "home", expect=2)
    other = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert cli.ask("org", "add", "others", "--key", other, "--home", "home")["hosted"] is False
    orgs = {org["org"]: org["data_chain"] for org in cli.ask("org", "list", "--home", "home")["orgs"]}
    assert orgs == {"park": True, "others": False}
    members = cli.ask("member", "list", "--org", "others", "--home", "home")["members"]
    assert [member["key"] for member in members] == [other]


def test_keys_lost_with_the_disk_are_restored_by_two_of_three_shares_and_not_by_one(cli: Cli) -> None:
    home = cli.folder / "home"
    made = cli.ask("key", "backup", "--home", "home", "-o", "backup", "--needed", "2", "--total", "3")
    _, second, third = made["shares"]
    restore = ["key", "restore", made["backup"]]
    store = home / "keys/owner.keystore"
    before = store.read_bytes()
    assert cli.ask(*restore, second, third, "--home", "home", "--dry-run")["restored"] is False
    assert store.read_bytes() == before
    assert "never overwritten" in cli.run(*restore, second, third, "--home", "home", expect=1)

    store.unlink()
    assert "1 of the 2 needed" in cli.run(*restore, third, "--home", "home", expect=1)
    assert not store.exists()
    cli.ask(*restore, (cli.folder / second).read_text().strip(), third, "--home", "home")
    assert store.stat().st_mode & 0o077 == 0
    cli.ask("member", "add", "after", "--role", "reader", "--home", "home")


def test_a_backup_of_another_home_is_refused(cli: Cli) -> None:
    cli.ask("init", "other", "--org", "park")
    made = cli.ask("key", "backup", "--home", "other", "-o", "backup")
    (cli.folder / "home/keys/owner.keystore").unlink()
    refused = cli.run("key", "restore", made["backup"], *made["shares"][:2], "--home", "home", expect=1)
    assert "which are not those of home" in refused


def test_no_file_of_a_backup_holds_a_key_in_the_clear(cli: Cli) -> None:
    made = cli.ask("key", "backup", "--home", "home", "-o", "backup")
    for file in [made["backup"], *made["shares"]]:
        path = cli.folder / file
        assert path.stat().st_mode & 0o077 == 0
        assert b"member/park" not in path.read_bytes()


def test_points_go_to_another_terminal_by_take_over_alone_and_a_dry_run_shows_which(cli: Cli) -> None:
    cli.ask("org", "add", "steel", "--home", "home")
    for name in ("t1", "t2"):
        (cli.folder / f"{name}.toml").write_text(terminal_toml("steel").replace('name = "t1"', f'name = "{name}"'))
        cli.ask("terminal", "init", "--home", name, "--config", f"{name}.toml", "--trust", "home/trust.json")
        cli.ask("terminal", "request", "--home", name, "-o", f"{name}.request")
    cli.ask("terminal", "enrol", "t1.request", "--home", "home", "-o", "first")

    enrol = ("terminal", "enrol", "t2.request", "--home", "home", "-o", "second")
    refused = cli.run(*enrol, expect=1)
    assert "[read-by-another-terminal]" in refused
    assert "--take-over" in refused
    assert not (cli.folder / "second").exists()
    tried = cli.ask(*enrol, "--take-over", "--dry-run")
    (change,) = tried["changes"]
    assert (change["taken"], tried["handover"]) == ([{"point": "main", "terminal": "t1"}], None)
    assert [each["terminal"] for each in cli.ask("terminal", "list", "--home", "home")["terminals"]] == ["t1"]

    done = cli.ask(*enrol, "--take-over")
    assert (done["changes"][0]["taken"], done["handover"]) == (change["taken"], "second")
    assert cli.ask("points", "show", "main", "--home", "home")["terminal"] == "t2"
    assert cli.ask("terminal", "accept", "second", "--home", "t2")["first"] is True
