"""The memory of bodies is bounded: the one that cost most is refused, never the small and quick one."""

from __future__ import annotations

from veriwatt.api.resources.bodies import Bodies


class Sender:
    def __init__(self, since: float, *, proven: bool = False) -> None:
        self.body_since, self.proven, self.refused = since, proven, False

    def refuse_body(self) -> None:
        self.refused = True


def test_forty_bodies_that_never_end_hold_no_more_than_the_bound() -> None:
    bodies = Bodies(1_000)
    slow = [Sender(float(n)) for n in range(40)]
    for now in range(40, 140):
        for each in slow:
            if not each.refused:
                bodies.hold(each, 10, float(now))
            assert bodies.total <= 1_000
    quick = Sender(140.0)
    bodies.hold(quick, 100, 140.0)
    assert not quick.refused


def test_finished_bodies_are_counted_until_they_are_released_and_not_refused() -> None:
    bodies = Bodies(1_000)
    finished, unfinished = Sender(0.0), Sender(9.0)
    bodies.hold(finished, 900, 1.0)
    bodies.finished(finished)
    bodies.hold(unfinished, 200, 9.0)
    assert (finished.refused, unfinished.refused, bodies.total) == (False, True, 900)
    bodies.release(finished)
    assert bodies.total == 0


def test_the_body_of_a_proven_connection_goes_last() -> None:
    bodies = Bodies(1_000)
    proven, other = Sender(0.0, proven=True), Sender(9.0)
    bodies.hold(proven, 900, 1.0)
    bodies.hold(other, 200, 9.0)
    assert (proven.refused, other.refused) == (False, True)
