"""The table of connections: who is let in, and who is closed for whom."""

from __future__ import annotations

from veriwatt.api.resources.connections import Connections


class Caller:
    """A connection that waits from when it came, or is served."""

    def __init__(self, table: Connections, address: str, *, waits: bool = True, proven: bool = False) -> None:
        self.table, self.address, self.waits, self.proven = table, address, waits, proven
        self.dropped = False
        self.admitted = table.enter(self)

    def drop(self) -> None:
        self.dropped = True
        self.table.leave(self)


def test_the_newest_connection_gets_in_and_the_one_that_waits_longest_is_closed() -> None:
    table = Connections(8)
    idle = [Caller(table, "10.0.0.1") for _ in range(1000)]
    assert all(each.admitted for each in idle)
    assert [each.dropped for each in idle] == [True] * 996 + [False] * 4
    assert len(table) == 4  # half of all for one address


def test_one_that_was_served_meanwhile_has_not_waited_longest() -> None:
    table = Connections(6)
    first, second, third = [Caller(table, "10.0.0.1") for _ in range(3)]
    first.waits = False
    Caller(table, "10.0.0.1")
    assert (first.dropped, second.dropped, third.dropped) == (False, True, False)
    first.waits = True
    table.began_to_wait(first)
    Caller(table, "10.0.0.1")
    assert (first.dropped, third.dropped) == (False, True)


def test_one_address_takes_no_connection_of_another() -> None:
    table = Connections(8)
    other = Caller(table, "10.0.0.2")
    for _ in range(100):
        Caller(table, "10.0.0.1")
    assert not other.dropped


def test_many_addresses_close_a_connection_of_the_one_that_has_most() -> None:
    table = Connections(8)
    few = [Caller(table, f"10.0.1.{n}") for n in range(4)]
    many = [Caller(table, "10.0.0.1") for _ in range(4)]
    last = Caller(table, "10.0.2.1")
    assert last.admitted
    assert [each.dropped for each in (*few, *many)] == [False] * 4 + [True] + [False] * 3


def test_a_request_that_is_served_and_a_proven_connection_are_not_closed_for_an_idle_one() -> None:
    table = Connections(6)
    served = Caller(table, "10.0.0.1", waits=False)
    proven = Caller(table, "10.0.0.1", proven=True)
    for _ in range(5, 50):
        Caller(table, "10.0.0.1")
    assert not served.dropped
    assert not proven.dropped


def test_where_every_connection_is_served_a_further_one_is_refused() -> None:
    table = Connections(4)
    for _ in range(2):
        Caller(table, "10.0.0.1", waits=False)
    assert not Caller(table, "10.0.0.1").admitted
    assert len(table) == 2


def test_a_named_proxy_has_no_cap_of_its_own() -> None:
    table = Connections(8, ["10.0.0.9"])
    assert not any(each.dropped for each in [Caller(table, "10.0.0.9") for _ in range(8)])


def test_places_are_scarce_before_they_are_all_taken_of_one_address_or_of_all() -> None:
    table = Connections(32, ["10.0.0.9"])
    for _ in range(3):
        Caller(table, "10.0.0.1")
    assert not table.crowded("10.0.0.1")
    Caller(table, "10.0.0.1")
    assert (table.crowded("10.0.0.1"), table.full("10.0.0.1"), table.crowded("10.0.0.2")) == (True, False, False)
    for _ in range(4):
        Caller(table, "10.0.0.9")
    assert table.crowded("10.0.0.2")
