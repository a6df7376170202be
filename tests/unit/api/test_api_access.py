"""Links, sessions and tokens: what each opens, and that each ends when it should and says so."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import hexdigits

import httpx
import pytest

from tests.unit.api.conftest import Play, Served
from veriwatt.api.guard import Guard
from veriwatt.api.sign_in import TRIES_AT_ONCE
from veriwatt.api.token_scopes import SCOPES
from veriwatt.errors import Malformed, Unavailable
from veriwatt.home.access_errors import (
    SessionEnded,
    SignInLinkExpired,
    SignInSecretUsed,
    TokenExpired,
    TokenRevoked,
    WrongToken,
)
from veriwatt.home.access_files import AccessFiles
from veriwatt.home.access_records import ApiToken, Session, SignInLink, check_person
from veriwatt.machine.lookalikes import LooksAlike
from veriwatt.units import DAY, HOUR

BEGIN = 1_800_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now = BEGIN


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def files(tmp_path: Path, clock: Clock) -> AccessFiles:
    return AccessFiles(tmp_path / "access", lambda: clock.now)


LOOKALIKES = ["ann Lee", "ANN LEE", "\u0410nn Lee", "\uff21nn Lee", "Ann L\u0435e", "Ann\u3000Lee"]


@pytest.mark.parametrize("other", LOOKALIKES)
def test_a_person_or_token_that_looks_like_another_is_refused(files: AccessFiles, other: str) -> None:
    files.spend(files.invite("Ann Lee"), "192.0.2.7")
    files.invite("Bob")
    files.invite("Ann Lee")  # the same person, on another device
    for spelled in (other, "b0b", "C\u043ensole"):
        with pytest.raises(LooksAlike, match="person .* looks like '(Ann Lee|Bob|console)'"):
            files.invite(spelled)
    files.add_token(other, ["metrics"], BEGIN + DAY)  # tokens are listed apart
    with pytest.raises(LooksAlike, match="token 'Ann Lee' looks like"):
        files.add_token("Ann Lee", ["metrics"], BEGIN + DAY)
    assert {each.record.name for each in files.listed(SignInLink)} == {"Ann Lee", "Bob"}
    assert [each.record.name for each in files.listed(ApiToken)] == [other]


def test_a_name_is_free_once_nobody_has_one_that_it_looks_like(files: AccessFiles) -> None:
    files.invite("Ann Lee")
    files.revoke_person("Ann Lee")
    files.invite("ann lee")
    assert [each.record.name for each in files.listed(SignInLink)] == ["ann lee"]


@pytest.mark.parametrize(
    "name", ["Ann\ufe0f", "Ann\u115f", "A\u034fnn", "Ann\u2800", "Ann  Lee", "=cmd()", "", "a" * 65]
)
def test_a_name_is_shown_as_it_is(name: str) -> None:
    with pytest.raises(Malformed):
        check_person(name)


def test_a_link_signs_one_person_in_and_nobody_after(files: AccessFiles) -> None:
    secret = files.invite("Ann Lee")
    assert files.link(secret).name == "Ann Lee"
    token, session = files.spend(secret, "192.0.2.7")
    assert (session.name, session.peer) == ("Ann Lee", "192.0.2.7")
    assert files.session(token) == session
    for tried in (secret, "", "None", token, "\ud800"):
        with pytest.raises(SignInSecretUsed):
            files.spend(tried, "192.0.2.7")
    with pytest.raises(SessionEnded):
        files.session(secret)


def test_a_damaged_address_is_none(files: AccessFiles, tmp_path: Path) -> None:
    files.address = "http://node.example:8000"
    assert files.address == "http://node.example:8000"
    (tmp_path / "access" / "address").write_bytes(b"http\xff")
    assert files.address == ""


def test_a_damaged_name_of_the_node_is_drawn_anew(files: AccessFiles, tmp_path: Path) -> None:
    (tmp_path / "access").mkdir()
    for raw in (b"", b"\xff" * 8, b"a b;c=d\n", bytes(8), b"abc"):
        (tmp_path / "access" / "node").write_bytes(raw)
        drawn = AccessFiles(tmp_path / "access").node
        assert len(drawn) == 8
        assert set(drawn) <= set(hexdigits)
        assert AccessFiles(tmp_path / "access").node == drawn


def test_a_disk_that_takes_no_session_spends_no_link(files: AccessFiles, tmp_path: Path) -> None:
    secret = files.invite("Ann Lee")
    sessions = tmp_path / "access" / "sessions"
    sessions.write_text("")  # no folder: nothing can be stored in it
    with pytest.raises(Unavailable):
        files.spend(secret, "")
    sessions.unlink()
    token, session = files.spend(secret, "")
    assert files.session(token) == session


def test_of_two_who_spend_a_link_at_once_one_has_a_session(files: AccessFiles) -> None:
    secret = files.invite("Ann Lee")

    def spend(_: int) -> bool:
        try:
            files.spend(secret, "")
        except SignInSecretUsed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(8))) == 1
    assert len(files.listed(Session)) == 1


def test_a_link_and_a_session_end_with_their_time(files: AccessFiles, clock: Clock) -> None:
    late, in_time = (files.invite(name, HOUR, 30 * DAY) for name in ("late", "in time"))
    token, _ = files.spend(in_time, "")
    clock.now += HOUR
    with pytest.raises(SignInLinkExpired):
        files.spend(late, "")
    clock.now += 30 * DAY - HOUR - 1
    files.session(token)
    clock.now += 1
    with pytest.raises(SessionEnded):
        files.session(token)
    files.forget_ended()
    assert (files.listed(Session), files.listed(SignInLink)) == ([], [])


def test_sessions_and_tokens_outlive_the_process_and_no_file_has_their_secret(
    files: AccessFiles, tmp_path: Path
) -> None:
    token, _ = files.spend(files.invite("ann"), "")
    script = files.add_token("report", ["readings"], BEGIN + DAY)
    again = AccessFiles(tmp_path / "access", lambda: BEGIN)
    assert (again.session(token).name, again.token(script).name) == ("ann", "report")
    assert again.node == files.node
    written = [path for path in (tmp_path / "access").rglob("*") if path.is_file()]
    assert len(written) == 3
    for path in written:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        for secret in (token, script):
            assert secret not in path.read_text()
            assert secret not in path.name


def test_the_link_of_a_start_ends_with_the_next_start_and_those_of_people_do_not(files: AccessFiles) -> None:
    invited, first = files.invite("ann"), files.console_link()
    second = files.console_link()
    with pytest.raises(SignInSecretUsed):
        files.link(first)
    assert (files.link(second).name, files.link(invited).name) == ("console", "ann")


def test_a_persons_sessions_and_open_links_are_revoked_together(files: AccessFiles) -> None:
    ann, _ = files.spend(files.invite("ann"), "")
    bob, _ = files.spend(files.invite("bob"), "")
    open_link = files.invite("ann")
    assert files.revoke_person("ann") == 2
    with pytest.raises(SessionEnded):
        files.session(ann)
    with pytest.raises(SignInSecretUsed):
        files.link(open_link)
    assert files.session(bob).name == "bob"
    (listed,) = files.listed(Session)
    assert files.revoke_person(listed.id) == 1


def test_a_revoked_an_expired_and_a_wrong_token_say_which_they_are(files: AccessFiles, clock: Clock) -> None:
    revoked, expired = (files.add_token(name, ["readings"], BEGIN + DAY) for name in ("old", "short"))
    assert files.revoke_token("old") == 1
    assert files.revoke_token("old") == 0
    clock.now += DAY
    for token, error in ((revoked, TokenRevoked), (expired, TokenExpired), ("vwt_none", WrongToken)):
        with pytest.raises(error):
            files.token(token)
    assert {each.record.name for each in files.listed(ApiToken)} == {"old", "short"}


def test_when_a_holder_was_last_seen_is_told_to_the_minute(files: AccessFiles, clock: Clock) -> None:
    token, _ = files.spend(files.invite("ann"), "")
    clock.now += 10 * 365 * DAY  # beyond the real time, which the file was made at
    later = files.invite("bob")
    token, _ = files.spend(later, "")
    files.session(token)
    seen = {each.record.name: each.seen for each in files.listed(Session)}
    assert seen["bob"] == clock.now
    assert seen["ann"] < clock.now


@pytest.mark.parametrize("damage", [b"", b"{}", b"[1]", b'{"name": 1, "made": 2, "until": 3, "peer": 4}', b"\xff"])
def test_a_damaged_file_signs_nobody_in_and_stops_nothing(files: AccessFiles, tmp_path: Path, damage: bytes) -> None:
    token, _ = files.spend(files.invite("ann"), "")
    (path,) = (tmp_path / "access" / "sessions").iterdir()
    path.write_bytes(damage)
    with pytest.raises(SessionEnded):
        files.session(token)
    assert files.listed(Session) == []


def test_every_question_that_needs_a_session_is_in_a_scope_of_tokens(play: Play) -> None:
    async def scenario(served: Served) -> None:
        everything = served.access.files.add_token("all", list(SCOPES), 2 * BEGIN)
        headers = {"Authorization": f"Bearer {everything}"}
        async with served.client(signed_in=False) as client:
            described = (await client.get("/api/openapi.json")).json()["paths"]
            for path, operations in described.items():
                for method, operation in operations.items():
                    if "security" not in operation:
                        named = {"point": "works.total", "terminal": "x", "org": "x", "digest": "0" * 64}
                        place = path.format(height=1, position=1, **named)
                        answer = await client.request(method, place, headers=headers)
                        assert (b"not-in-scope" in answer.content) == (method != "get"), (method, path)
            assert (await client.get("/metrics", headers=headers)).status_code == 200

    play(scenario)


def test_a_token_reads_what_its_scopes_say_and_nothing_else(play: Play) -> None:
    async def scenario(served: Served) -> None:
        files = served.access.files
        readings, metrics = (files.add_token(scope, [scope], 2 * BEGIN) for scope in ("readings", "metrics"))
        asked = {"/api/v1/points": "readings", "/metrics": "metrics", "/api/v1/blocks": "", "/api/v1/pointsand": ""}
        async with served.client(signed_in=False) as client:
            for token, scope in ((readings, "readings"), (metrics, "metrics")):
                for path, needed in asked.items():
                    answer = await client.get(path, headers={"Authorization": f"Bearer {token}"})
                    assert answer.status_code == (200 if needed == scope else 403), (path, scope)
            assert answer.json()["values"]["scopes"] == "metrics"
            page = await client.get("/ledger", headers={"Authorization": f"Bearer {readings}"})
            assert page.status_code == 303
            files.revoke_token("readings")
            gone = await client.get("/api/v1/points", headers={"Authorization": f"Bearer {readings}"})
            assert (gone.status_code, gone.json()["type"]) == (401, "urn:veriwatt:error:token-revoked")

    play(scenario)


SPAN = "from=2026-03-01&to=2026-03-02"
OF_POINT = {
    f"/points/works.total/totals?{SPAN}&org=works": True,
    "/evidence?point=works.total&slot=2026-03-01T00:00:00Z&org=works": True,
    f"/points/works.total/totals?{SPAN}": False,
    f"/points/works/works.total/totals?{SPAN}": False,
    f"/points/works.total/totals?{SPAN}&org=works&org=": False,
    f"/points/works.total/totals?{SPAN}&org=works&org=metro": False,
    f"/points/works.other/totals?{SPAN}&org=works": False,
    "/evidence?point=works.total&point=works.other&slot=2026-03-01T00:00:00Z&org=works": False,
    "/points?org=works": False,
    f"/completeness?{SPAN}&org=works": False,
    "/status": False,
}
OF_ORG = {
    f"/points/works.other/totals?{SPAN}&org=works": True,
    "/points?org=works": True,
    f"/completeness?{SPAN}&org=works": True,
    "/points?org=metro": False,
    "/points": False,
    "/status": False,
}


@pytest.mark.parametrize(("only", "asked"), [("works/works.total", OF_POINT), ("works", OF_ORG)])
def test_a_token_of_an_org_or_point_reads_nothing_of_another(play: Play, only: str, asked: dict[str, bool]) -> None:
    async def scenario(served: Served) -> None:
        token = served.access.files.add_token("bill", ["readings", "evidence"], 2 * BEGIN, [only])
        headers = {"Authorization": f"Bearer {token}"}
        async with served.client(signed_in=False) as client:
            for question, may in asked.items():
                answer = await client.get(f"/api/v1{question}", headers=headers)
                assert (b"not-in-scope" not in answer.content) is may, question
            assert only in answer.json()["values"]["scopes"]

    play(scenario)


def test_a_token_for_some_outlives_the_process_and_one_of_before_is_for_all(files: AccessFiles, tmp_path: Path) -> None:
    token = files.add_token("bill", ["readings"], BEGIN + DAY, ["works/main"])
    assert AccessFiles(tmp_path / "access", lambda: BEGIN).token(token).only == ["works/main"]
    assert ApiToken.from_bytes(b'{"name": "a", "made": 1, "until": 2, "scopes": ["readings"]}').only == []


def test_a_signed_out_page_leads_to_signing_in_and_back(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            for asked, next_page in (
                ("/ledger", "/sign-in?next=/ledger"),
                ("/?point=a%2Fb&from=2026", "/sign-in?next=/%3Fpoint%3Da%252Fb%26from%3D2026"),
                ("/", "/sign-in"),
            ):
                answer = await client.get(asked)
                assert (answer.status_code, answer.headers["location"]) == (303, next_page)

    play(scenario)


def test_behind_a_named_proxy_with_tls_the_cookie_is_that_of_tls_and_nobody_elses_word_counts(play: Play) -> None:
    async def scenario(served: Served) -> None:
        guard = Guard(served.api, served.access, served.metrics, {"127.0.0.1"}, {"10.0.0.9"})
        for peer, by_tls in (("10.0.0.9", True), ("10.0.0.8", False)):
            transport = httpx.ASGITransport(guard, client=(peer, 40_000))
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
                answer = await client.get("/healthz", headers={"x-forwarded-proto": "https"})
                assert ("strict-transport-security" in answer.headers) == by_tls

    play(scenario)


def test_an_office_behind_one_address_signs_in_at_once_and_a_guesser_there_is_held_back(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            for number in range(3 * int(TRIES_AT_ONCE)):
                secret = served.access.files.invite(f"person {number}")
                assert (await client.post("/api/v1/session", json={"secret": secret})).status_code == 200
            for guess in range(2 * int(TRIES_AT_ONCE)):
                refused = await client.post("/api/v1/session", json={"secret": f"guess {guess}"})
            assert refused.status_code == 429
            secret = served.access.files.invite("one more person")
            assert (await client.post("/api/v1/session", json={"secret": secret})).status_code == 200
            assert (await client.post("/api/v1/session", json={"secret": secret})).status_code == 429

    play(scenario)
