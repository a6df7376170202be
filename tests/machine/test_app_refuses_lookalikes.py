from __future__ import annotations

import pytest

from veriwatt.ids import Digest
from veriwatt.machine.lookalikes import ORGS, LooksAlike, check_distinct, points_of, write_name
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import BlockContext, State


def test_a_name_that_looks_like_another_of_its_scope_is_refused_and_names_it() -> None:
    state = State(MemoryRows({}), BlockContext(1, 0, Digest(bytes(32))))
    write_name(state, ORGS, "acme1")
    check_distinct(state, ORGS, "acme1")
    check_distinct(state, ORGS, "acme2")
    check_distinct(state, points_of("acme1"), "acmel")
    with pytest.raises(LooksAlike, match="'acme1'"):
        check_distinct(state, ORGS, "acmel")
