"""Whoever opens groups asks the key agent, which records it; what the agent refuses stays closed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served_home import FIRST_DAY, ORG, build_home
from veriwatt.errors import NotFound
from veriwatt.home.key_store_file import open_key_store
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.model.evidence.reading_claim import ClaimedSlot
from veriwatt.node.home import Home
from veriwatt.ports.key_agent import KeyRefused, Purpose
from veriwatt.reading.evidence.build import build_reading_evidence
from veriwatt.reading.project import Projected, project
from veriwatt.readmodel.group_opener import GroupOpener
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.testing.key_agent import SimKeyAgent

POINT = "works.total"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_home(tmp_path_factory.mktemp("openings")).root


@pytest.fixture
def home(root: Path) -> Iterator[Home]:
    with Home(root) as opened:
        yield opened


@pytest.fixture
def agent(home: Home) -> SimKeyAgent:
    store, _ = open_key_store(home.paths.keystore, "")
    return SimKeyAgent(lambda org, group: store.secret(f"master/{org}/{group}"))


def projected(home: Home, agent: SimKeyAgent, view: ReadingsView) -> Projected:
    opener = GroupOpener(home.ledger_cache, agent, Purpose.VIEW)
    with home.ledger.snapshot() as now:
        return project(home.org_log(ORG).chain, AnchorLog(now, ORG), view, opener, home.points.record)


def test_projecting_records_every_window_that_it_opens(home: Home, agent: SimKeyAgent, tmp_path: Path) -> None:
    view = ReadingsView(tmp_path / "view.duckdb", home.ledger.chain_id)
    done = projected(home, agent, view)
    groups = {known.version.group for known in home.points.all(ORG)} - {"yard"}  # whose frames nobody delivered
    assert done.rows
    assert done.unopened == []
    assert {each.group for each in agent.recorded} == groups
    assert {each.purpose for each in agent.recorded} == {Purpose.VIEW}
    view.close()


def test_slots_of_a_group_that_the_agent_refuses_stay_missing(home: Home, agent: SimKeyAgent, tmp_path: Path) -> None:
    refused = home.points.group_of(ORG, POINT).version.group
    agent.refused.add(refused)
    view = ReadingsView(tmp_path / "view.duckdb", home.ledger.chain_id)
    done = projected(home, agent, view)
    assert {each.group for each in done.unopened} == {refused}
    assert refused not in {each.group for each in agent.recorded}
    with pytest.raises(NotFound, match="no readings"):
        view.versions(ORG, POINT, FIRST_DAY)
    view.close()


def test_evidence_is_an_opening_of_its_own_and_records_one_window(home: Home, agent: SimKeyAgent) -> None:
    position = home.view().versions(ORG, POINT, FIRST_DAY)[-1]
    build_reading_evidence(home.ledger, home.org_log(ORG).chain, agent, ClaimedSlot(ORG, POINT, FIRST_DAY), position)
    (opening,) = agent.recorded
    assert (opening.end - opening.first, opening.purpose) == (1, Purpose.EVIDENCE)


def test_without_the_agents_consent_there_is_no_evidence(home: Home, agent: SimKeyAgent) -> None:
    position = home.view().versions(ORG, POINT, FIRST_DAY)[-1]
    agent.refused.add(home.points.group_of(ORG, POINT).version.group)
    with pytest.raises(KeyRefused):
        build_reading_evidence(
            home.ledger, home.org_log(ORG).chain, agent, ClaimedSlot(ORG, POINT, FIRST_DAY), position
        )
