"""Removing and rekeying members on the command line, as docs/operations/node.md shows it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.e2e.cli_home import Cli
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.membership.signing_member import NoSigningKey
from veriwatt.model.members.organisation import RekeyMember
from veriwatt.node.home import Home

PAGE = Path(__file__).parents[2] / "docs" / "operations" / "node.md"


def shown(word: str) -> list[str]:
    """The page's commands with these words, as they stand there."""
    lines = [line.strip() for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("    veriwatt ")]
    return [re.sub(r"\s{3,}.*$", "", line) for line in lines if f" {word} " in line]


def test_members_are_removed_and_rekeyed_as_the_page_shows(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.ask("init", "works", "--org", "works")
    cli.ask("member", "add", "oli", "--role", "operator", "--home", "works")
    before = {m["member"]: m["key"] for m in cli.ask("member", "list", "--home", "works")["members"]}
    for line in [*shown("member rekey"), *shown("member remove")]:
        assert cli.ask(*shlex.split(line)[1:])["org"] == "works"
    (owner,) = cli.ask("member", "list", "--home", "works")["members"]
    assert (owner["member"], owner["key"] == before["owner"]) == ("owner", False)
    cli.ask("member", "add", "ida", "--role", "reader", "--home", "works")  # the owner signs by its new key
    refused = cli.run("member", "remove", "owner", "--home", "works", expect=1).stderr
    assert "[last-owner]" in refused
    assert cli.ask("fsck", "--home", "works")["ok"]


def test_an_org_goes_on_when_its_first_owner_leaves(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.run("init", "works", "--org", "works", "--unprotected-key")
    cli.ask("member", "add", "two", "--role", "owner", "--home", "works")
    assert cli.ask("member", "remove", "owner", "--home", "works")["by"] == "owner"

    assert cli.ask("member", "add", "ida", "--role", "reader", "--home", "works")
    assert cli.ask("member", "rekey", "two", "--home", "works")["by"] == "two"
    with Home(tmp_path / "works") as home:
        assert home.member_client("works").member == "two"
        home.org_log("works")
    assert cli.ask("fsck", "--home", "works")["ok"]


def test_the_key_that_signs_the_anchors_does_not_leave_the_home(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.run("init", "works", "--org", "works", "--unprotected-key")
    elsewhere = Ed25519Signer(bytes(range(32))).public.raw.hex()
    assert (
        "[last-signing-key]"
        in cli.run("member", "rekey", "owner", "--key", elsewhere, "--home", "works", expect=1).stderr
    )
    cli.ask("member", "add", "far", "--role", "owner", "--key", elsewhere, "--home", "works")
    assert "[last-signing-key]" in cli.run("member", "remove", "owner", "--home", "works", expect=1).stderr
    cli.ask("member", "add", "oli", "--role", "operator", "--home", "works")  # an operator may anchor too
    cli.ask("member", "remove", "owner", "--home", "works")
    with Home(tmp_path / "works") as home:
        assert home.member_client("works").member == "oli"


def test_a_home_without_any_key_of_its_org_is_still_read(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.run("init", "works", "--org", "works", "--unprotected-key")
    with Home(tmp_path / "works") as home:
        home.keys.forget_member("works", "owner")
    assert cli.ask("terminal", "list", "--home", "works") == {"terminals": []}
    with Home(tmp_path / "works") as home:
        home.org_log("works")
        home.view()
        with pytest.raises(NoSigningKey):
            home.member_client("works")


def test_a_rekey_that_was_cut_off_is_completed_by_another_try(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.run("init", "works", "--org", "works", "--unprotected-key")
    with Home(tmp_path / "works") as home:  # cut off after the ledger has it, before the key store does
        fresh = home.keys.next_member("works", "owner").public
        home.member_client("works").submit(RekeyMember("owner", fresh))
    assert cli.ask("member", "rekey", "owner", "--home", "works")["key"] == fresh.raw.hex()
    cli.ask("member", "add", "ida", "--role", "reader", "--home", "works")


def test_people_sign_in_and_out_as_the_page_shows(tmp_path: Path) -> None:
    cli = Cli(tmp_path)
    cli.ask("init", "works", "--org", "works")
    said = cli.run("node", "invite", "Ann Lee", "--home", "works", expect=2).stderr
    assert "--address https://node.example" in said  # it has not answered anywhere yet
    (invite,) = shown("node invite")
    link = cli.ask(*shlex.split(invite)[1:], "--address", "https://node.example")
    assert (link["name"], link["link"][:36]) == ("Ann Lee", "https://node.example/sign-in?secret=")
    listing, revoking = sorted(shown("node sessions"))
    listed = cli.ask(*shlex.split(listing)[1:])
    assert ([each["name"] for each in listed["links"]], listed["sessions"]) == (["Ann Lee"], [])
    assert cli.ask(*shlex.split(revoking)[1:]) == {"revoked": 1}
    assert "not-found" in cli.run(*shlex.split(revoking)[1:], expect=1).stderr
    for_one_org, adding, tokens, removing = sorted(shown("node tokens"))
    cli.ask(*shlex.split(for_one_org)[1:])
    made = cli.ask(*shlex.split(adding)[1:])
    assert (made["scopes"], made["token"][:4]) == (["metrics", "readings"], "vwt_")
    assert cli.ask(*shlex.split(removing)[1:]) == {"revoked": 1}
    listed = {each["name"]: each["revoked"] is not None for each in cli.ask(*shlex.split(tokens)[1:])["tokens"]}
    assert listed == {"bill": False, "reports": True}
    assert made["token"] not in "".join(path.read_text() for path in (tmp_path / "works/access/tokens").iterdir())
    assert "no scope" in cli.run("node", "tokens", "add", "x", "--scope", "all", "--home", "works", expect=2).stderr
    assert "no name" in cli.run("node", "invite", "a\tb", "--home", "works", expect=2).stderr
