"""What every key agent promises, as tests; subclass `KeyAgentContract` and give it the master of group `main`."""

from __future__ import annotations

import pytest

from veriwatt.crypto.key_tree import OutsideCover, window_key
from veriwatt.errors import NotFound
from veriwatt.ports.key_agent import KeyAgent, Opening, Purpose

ORG, GROUP, MASTER = "works", "main", bytes(range(32))


class KeyAgentContract:
    """`recorded` is the agent's record of openings so far."""

    @pytest.fixture
    def agent(self) -> KeyAgent:
        raise NotImplementedError

    def recorded(self) -> list[Opening]:
        raise NotImplementedError

    def test_a_window_key_follows_from_the_groups_master(self, agent: KeyAgent) -> None:
        for number in (0, 5, 20_454, 2**32 - 1, 5):
            assert agent.window_key(ORG, GROUP, number, Purpose.VIEW) == window_key(MASTER, number)

    def test_without_the_master_there_is_no_key(self, agent: KeyAgent) -> None:
        for org, group in ((ORG, "other"), ("others", GROUP)):
            with pytest.raises(NotFound):
                agent.window_key(org, group, 1, Purpose.VIEW)
            with pytest.raises(NotFound):
                agent.cover(org, group, 1, 2, "works/t1")
        agent.record_openings()
        assert self.recorded() == []

    def test_a_cover_opens_its_windows_and_no_other(self, agent: KeyAgent) -> None:
        made = agent.cover(ORG, GROUP, 10, 13, "works/t1")
        assert [made.key(number) for number in (10, 11, 12)] == [window_key(MASTER, n) for n in (10, 11, 12)]
        for number in (9, 13):
            with pytest.raises(OutsideCover):
                made.key(number)

    @pytest.mark.parametrize("purpose", [Purpose.VIEW, Purpose.EVIDENCE, Purpose.CHECK])
    def test_every_opening_is_recorded_with_its_purpose(self, agent: KeyAgent, purpose: Purpose) -> None:
        for number in (7, 8, 30):
            agent.window_key(ORG, GROUP, number, purpose)
        agent.record_openings()
        found = self.recorded()
        assert {(each.org, each.group, each.purpose, each.receiver) for each in found} == {(ORG, GROUP, purpose, "")}
        assert sorted(n for each in found for n in range(each.first, each.end)) == [7, 8, 30]

    def test_a_handover_is_recorded_with_its_receiver(self, agent: KeyAgent) -> None:
        agent.cover(ORG, GROUP, 10, 13, "works/t1")
        agent.record_openings()
        assert self.recorded() == [Opening(ORG, GROUP, 10, 13, Purpose.HANDOVER, "works/t1")]

    def test_sealing_opens_nothing_and_is_not_recorded(self, agent: KeyAgent) -> None:
        agent.window_key(ORG, GROUP, 7, Purpose.SEAL)
        agent.record_openings()
        assert self.recorded() == []

    def test_an_opening_is_recorded_once(self, agent: KeyAgent) -> None:
        agent.window_key(ORG, GROUP, 7, Purpose.VIEW)
        agent.record_openings()
        agent.record_openings()
        assert len(self.recorded()) == 1
