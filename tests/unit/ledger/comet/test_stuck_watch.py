"""A node is stuck when it has no new block for long while most of its peers go on, and never for another reason."""

from __future__ import annotations

from veriwatt.ledger.comet.stuck_watch import ALONE_AFTER, STUCK_AFTER, SYNC_STUCK_AFTER, AloneWatch, StuckWatch

Look = tuple[float, int, list[int]] | tuple[float, int, list[int], int]


def stuck(*looks: Look) -> list[bool]:
    watch = StuckWatch()
    return [watch.is_stuck(*each) for each in looks]


def test_one_that_rests_while_its_peers_go_on_is_stuck() -> None:
    assert stuck((0, 5, [9, 9, 9]), (STUCK_AFTER - 1, 5, [30, 30, 30]), (STUCK_AFTER, 5, [31, 31, 31])) == [
        False,
        False,
        True,
    ]


def test_an_idle_network_is_not_stuck() -> None:
    assert not any(stuck((0, 5, [6, 6, 6]), (100, 5, [6, 6, 6]), (200, 5, [6, 6, 6])))


def test_one_that_catches_up_is_not_stuck() -> None:
    assert not any(stuck(*((at * STUCK_AFTER, at, [1000, 1000, 1000]) for at in range(9))))


def test_one_whose_peer_withholds_a_snapshot_has_the_time_to_ask_another() -> None:
    ahead = [1000, 1000, 1000]
    assert not any(stuck(*((at * 130.0, 0, ahead, at) for at in range(9))))
    assert stuck((0, 0, ahead, 3), (130, 0, ahead, 3), (SYNC_STUCK_AFTER, 0, ahead, 3)) == [False, False, True]


def test_no_peer_alone_has_a_node_restarted() -> None:
    liar = 10**9
    assert not any(stuck((0, 5, [6, liar, 6]), (100, 5, [6, liar, 6]), (200, 5, [6, liar])))


def test_a_network_that_halted_or_a_node_without_peers_is_not_stuck() -> None:
    assert not any(stuck((0, 5, []), (100, 5, []), (200, 5, [5, 6])))


def test_time_counts_from_the_last_look_at_which_the_others_rested_too() -> None:
    looks = [(0.0, [6, 6, 6]), (95.0, [6, 6, 6]), (100.0, [8, 8, 8]), (95 + STUCK_AFTER, [9, 9, 9])]
    assert stuck(*((at, 5, peers) for at, peers in looks)) == [False, False, False, True]


def test_a_node_is_alone_after_a_time_without_any_peer() -> None:
    watch = AloneWatch(0)
    looks = [(1.0, 0), (50.0, 1), (ALONE_AFTER, 0), (49 + ALONE_AFTER, 0), (50 + ALONE_AFTER, 0)]
    assert [watch.is_alone(*each) for each in looks] == [False, False, False, False, True]
