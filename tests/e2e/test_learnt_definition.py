"""A definition that the org registers reaches its terminal by the ledger, with its proof, and without a handover."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.live_site import ORG as SITE_ORG
from tests.e2e.live_site import Site, at_work, equipped, present
from tests.e2e.test_changed_group import AFTER, NEXT, NOON, ORG, QUARTER, Works, quarters
from tests.e2e.test_late_definition import END, LATE, told_late
from veriwatt.loghost.chain_proofs import prove_group_version
from veriwatt.loghost.group_question import answer_group_question
from veriwatt.membership.enrolment import enrol_terminal
from veriwatt.model.terminals.handover import parse_request
from veriwatt.model.terminals.version_proof import VersionProof
from veriwatt.node.home import Home
from veriwatt.reading.root_log_head import prove_root_log_head
from veriwatt.terminal.delivery.delivery import Delivery, VersionNotProven
from veriwatt.terminal.delivery.http_log_host import HttpLogHostClient
from veriwatt.terminal.home import TerminalHome
from veriwatt.testing.edits import replace
from veriwatt.units import HOUR, MINUTE

Lie = Callable[[VersionProof], VersionProof]


def honest(proof: VersionProof) -> VersionProof:
    return proof


def streamed(raw: bytes) -> httpx.Response:
    """An answer that is not read yet, as one from a network."""
    return httpx.Response(200, stream=httpx.ByteStream(raw))


def asks(works: Works, terminal: TerminalHome, lie: Lie = honest) -> Delivery:
    """The terminal's delivery to a log host that has the ledger of these works, and tells `lie` of its versions."""
    ledger = works.home.ledger

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/ledger/newest"):
            return streamed(prove_root_log_head(ledger).to_bytes())
        return streamed(lie(answer_group_question(ledger, request.content)).to_bytes())

    handed = terminal.definitions.handover()
    transport = httpx.MockTransport(answer)
    return terminal.delivery(HttpLogHostClient("http://node", handed.chain, ORG, handed.log_key, transport))


def learn(works: Works, lie: Lie = honest) -> None:
    """The terminal fetches the head of the ledger, and the versions of its groups."""
    with TerminalHome(works.folder, works.clock) as terminal:
        delivery = asks(works, terminal, lie)
        delivery.refresh_head()
        terminal.learn(delivery.newer_versions(terminal.definitions.newest))


def known(works: Works) -> dict[str, int]:
    with TerminalHome(works.folder, works.clock, reading=True) as terminal:
        return terminal.definitions.newest()


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    made = Works(tmp_path)
    yield made
    made.home.close()


def changed(works: Works) -> Works:
    """At noon the org registers other definitions; nobody brings its handover to the terminal."""
    works.run(NOON)
    works.configure(AFTER)
    works.enrol()
    return works


def test_every_reading_around_a_change_that_the_ledger_told_is_proven(works: Works) -> None:
    learn(changed(works))
    assert known(works) == {"main": 2}
    works.run(NEXT + 2 * HOUR)
    end = NEXT + 2 * HOUR
    assert works.proven("same", NOON) == quarters(NOON, end, 15)
    assert works.proven("turned", NOON) == {**quarters(NOON, NEXT, None), **quarters(NEXT, end, 30)}
    assert works.proven("finer", NEXT) == dict.fromkeys(range(NEXT, end, 5 * MINUTE), 5)
    assert works.proven("new", NOON) == quarters(NEXT, end, 15)


def test_what_was_stated_before_a_terminal_learnt_of_a_change_is_stated_again(tmp_path: Path) -> None:
    works, _ = told_late(tmp_path)
    learn(works)
    works.run(END)
    assert [works.proven("hourly", NEXT)[t] for t in (NEXT, NEXT + HOUR)] == [60, 60]
    turned = works.proven("turned", NEXT)
    assert {turned[t] for t in range(NEXT, LATE, QUARTER)} == {None}
    assert turned[LATE] is None, "its register was read under another multiplier when the slot began"
    assert {turned[t] for t in range(LATE + QUARTER, END, QUARTER)} == {30}
    works.home.close()


def test_a_later_handover_contains_what_was_learnt(works: Works) -> None:
    learn(changed(works))
    works.hand_over()
    assert known(works) == {"main": 2}
    works.run(NEXT + HOUR)
    assert works.proven("turned", NEXT) == quarters(NEXT, NEXT + HOUR, 30)


def test_a_damaged_file_of_learnt_versions_is_fetched_anew(works: Works) -> None:
    learn(changed(works))
    (works.folder / "learnt").write_bytes(b"\x82\x02")
    assert known(works) == {"main": 1}
    learn(works)
    assert known(works) == {"main": 2}


def test_a_host_with_another_definition_changes_nothing_and_is_named(works: Works) -> None:
    changed(works)
    true = {each.id: each for each in prove_group_version(works.home.ledger, ORG, "main", 2).definitions}
    false = tuple((true | {"same": replace(true["same"], multiplier=true["turned"].multiplier)}).values())
    with pytest.raises(VersionNotProven, match="version 2 of group 'main'"):
        learn(works, lambda proof: replace(proof, definitions=false if proof.definitions else ()))
    assert known(works) == {"main": 1}


def test_a_host_that_withholds_a_definition_changes_nothing_and_is_named(works: Works) -> None:
    """It shows the ledger of before, which has none; but the terminal knows a newer head."""
    works.run(NOON)
    before = prove_group_version(works.home.ledger, ORG, "main", 2)
    changed(works)
    with pytest.raises(VersionNotProven, match="older than the trusted"):
        learn(works, lambda _: before)
    with pytest.raises(VersionNotProven):
        absent = replace(before.state, values=(None,))
        learn(works, lambda proof: replace(proof, state=replace(proof.state, values=absent.values), definitions=()))
    assert known(works) == {"main": 1}
    learn(works)
    assert known(works) == {"main": 2}


def register_other_codes(site: Site, terminal: TerminalHome) -> None:
    """The org changes every point of the terminal."""
    asked = parse_request(terminal.request())
    groups = tuple(
        replace(group, definitions=tuple(replace(each, data_code="01") for each in group.definitions))
        for group in asked.groups
    )
    with Home(site.node) as home:
        enrol_terminal(home.ledger, home.member_client(SITE_ORG), home.keys, replace(asked, groups=groups), present())


def test_a_running_terminal_learns_of_a_change(site: Site) -> None:
    async def go() -> dict[str, int]:
        async with equipped(site) as terminal, at_work(site, terminal, until_reported="ready") as work:
            await work.drive(site.start + HOUR)
            await work.until_final(8)
            site.down()
            register_other_codes(site, terminal)
            site.up()
            await work.drive(site.start + 2 * HOUR)
            await work.until_final(16)
            await work.until_reported("definitions-changed")
            await work.drive(site.start + 3 * HOUR)
            await work.until_final(24)
            return terminal.definitions.newest()

    numbers = asyncio.run(go())
    site.down()
    assert max(numbers.values()) == 2
