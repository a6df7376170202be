from __future__ import annotations

import pytest

from tests.contracts.key_agent.key_agent_contract import GROUP, MASTER, ORG, KeyAgentContract
from veriwatt.errors import NotFound
from veriwatt.ports.key_agent import KeyAgent, KeyRefused, Opening, Purpose
from veriwatt.testing.key_agent import SimKeyAgent


def master_of(org: str, group: str) -> bytes:
    if (org, group) != (ORG, GROUP):
        raise NotFound("no master")
    return MASTER


class TestSimKeyAgent(KeyAgentContract):
    """The agent of tests, which may refuse."""

    @pytest.fixture
    def agent(self) -> KeyAgent:
        self._agent = SimKeyAgent(master_of)
        return self._agent

    def recorded(self) -> list[Opening]:
        return self._agent.recorded

    def test_a_refused_request_gets_no_key_and_is_not_recorded(self, agent: KeyAgent) -> None:
        self._agent.refused.add(GROUP)
        with pytest.raises(KeyRefused):
            agent.window_key(ORG, GROUP, 7, Purpose.VIEW)
        with pytest.raises(KeyRefused):
            agent.cover(ORG, GROUP, 7, 8, "works/t1")
        agent.record_openings()
        assert self.recorded() == []
