"""The first start of a node that follows: it waits until its org is admitted, then opens the org's data chain."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import structlog

from veriwatt.errors import Unavailable, Unsettled
from veriwatt.home.ledger_engine import FollowerEngine
from veriwatt.home.settings import Settings
from veriwatt.ledger.open_ledger import CopiedLedger
from veriwatt.machine.anchors.queries import log_key
from veriwatt.machine.members.queries import organisation
from veriwatt.model.chain.anchor import OpenLog
from veriwatt.node.home import Home

AGAIN = 2.0
"""Seconds between two looks whether the org was admitted."""

log = structlog.get_logger("veriwatt.node")


class NotAdmittedYet(Unavailable):
    """The org of a home that follows is not on the ledger at the newest block proven to it."""

    code = "not-admitted-yet"

    def __init__(self, org: str, height: int) -> None:
        super().__init__(f"the ledger does not know {org} at block {height}; its node goes on once {org} is admitted")
        self.org, self.height = org, height


async def wait_until_admitted(root: Path, settings: Settings, stopping: asyncio.Event) -> bool:
    """Wait until the home can be opened: not at all unless it follows a ledger that has no data chain of its org yet.

    False when the node is stopped before.
    """
    if not isinstance(settings.engine, FollowerEngine):
        return True
    told = ""
    while not stopping.is_set():
        try:
            await asyncio.to_thread(_begin, root, settings.org)
            return True
        except (Unavailable, Unsettled) as error:
            if error.code != told:
                told = error.code
                log.warning("waits-for-admission", org=settings.org, code=error.code, why=str(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), AGAIN)
    return False


def copy_admission(ledger: CopiedLedger, org: str) -> None:
    """Have the copy know the org: it can be a block behind the peer that has let the org in.

    Raises:
        NotAdmittedYet: the newest block that peers prove does not know it.
        Unavailable: no peer gives what is needed.
    """
    if ledger.is_copied and organisation(ledger, org) is not None:
        return
    head = ledger.bring_up_to_date()
    if organisation(ledger, org) is None:
        raise NotAdmittedYet(org, head.height)


def _begin(root: Path, org: str) -> None:
    with Home(root) as home:
        ledger = home.ledger
        assert isinstance(ledger, CopiedLedger)
        copy_admission(ledger, org)
        if log_key(ledger, org) is None:
            home.member_client(org).submit(OpenLog(home.keys.log(org).public))
