from __future__ import annotations

import logging

import pytest

from tests.contracts.key_agent.key_agent_contract import GROUP, MASTER, ORG, KeyAgentContract
from veriwatt.home.key_agent import OPENINGS_LOG, LocalKeyAgent, log_opening
from veriwatt.model.keys.key_store import MASTER as MASTER_PURPOSE
from veriwatt.model.keys.key_store import KeyStore
from veriwatt.ports.key_agent import KeyAgent, Opening, Purpose


class TestLocalKeyAgent(KeyAgentContract):
    """Over the masters in a home's key store."""

    @pytest.fixture
    def agent(self) -> KeyAgent:
        self._recorded = list[Opening]()
        store = KeyStore("works").with_secret(f"master/{ORG}/{GROUP}", MASTER_PURPOSE, MASTER)
        return LocalKeyAgent(store.secret, self._recorded.append)

    def recorded(self) -> list[Opening]:
        return self._recorded

    def test_neighbouring_windows_are_one_record(self, agent: KeyAgent) -> None:
        for number in (*range(5, 400), 6, 5, *range(1000, 1003)):
            agent.window_key(ORG, GROUP, number, Purpose.VIEW)
        agent.record_openings()
        spans = [(each.first, each.end) for each in self.recorded()]
        assert spans == [(5, 400), (1000, 1003)]

    def test_the_openings_log_names_each_opening_and_no_key(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO, OPENINGS_LOG):
            log_opening(Opening(ORG, GROUP, 5, 9, Purpose.HANDOVER, "works/t1"))
        assert caplog.messages == ["keys of works/main, windows 5 to 8, given for handover, to works/t1"]
