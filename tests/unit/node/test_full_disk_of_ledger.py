"""A validator's node names its own full disk, and not a halt of the ledger; it anchors again once there is room."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from veriwatt.home.ledger_engine import CometEngine
from veriwatt.home.settings import Settings
from veriwatt.node.upkeep import Upkeep
from veriwatt.reading.explorer.halt import LedgerHalted
from veriwatt.system import disk_errors
from veriwatt.system.disk_errors import DiskFull
from veriwatt.testing.actors import START, SimMember, sim_genesis, sim_validator
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.queued_ledger import QueuedLedger
from veriwatt.units import SECOND

NONE = cast("Any", None)


def test_its_own_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimClock(START)
    ledger = QueuedLedger(sim_genesis(SimMember("acme", "ann")), sim_validator(), clock)
    settings = Settings("acme", engine=CometEngine("127.0.0.1:1", 2, ()))
    upkeep = Upkeep({}, NONE, ledger, NONE, settings, clock, {}, tmp_path)
    upkeep.check_goes_on()
    monkeypatch.setattr(disk_errors, "LEAST", 1 << 62)  # this disk has less
    clock.advance_to(clock.now() + 2 * SECOND)
    with pytest.raises(DiskFull, match=str(tmp_path)) as full:
        upkeep.check_goes_on()
    assert not isinstance(full.value, LedgerHalted)
    assert upkeep.anchor_due() == []
    monkeypatch.undo()
    clock.advance_to(clock.now() + 2 * SECOND)
    upkeep.check_goes_on()
