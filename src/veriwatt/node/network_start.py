"""The first start of a node in a network of validators: what its home lacks until the ledger has a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from veriwatt.errors import Unavailable
from veriwatt.home.ledger_engine import CometEngine
from veriwatt.home.paths import HomePaths
from veriwatt.home.settings import Settings, load_settings
from veriwatt.ledger.open_ledger import CometSettings, catches_up, run_node
from veriwatt.machine.anchors.queries import log_key
from veriwatt.model.chain.anchor import OpenLog
from veriwatt.node.home import Home
from veriwatt.node.told_move import has_own_trust, tell_ledger
from veriwatt.ports.ledger import LedgerEngine


@contextmanager
def network_node(paths: HomePaths, settings: Settings) -> Iterator[LedgerEngine | None]:
    """The ledger of the home, with CometBFT beside this process while the block runs; None for an embedded ledger.

    Raises:
        Unavailable: CometBFT is not there or cannot be started.
        Refused, Corrupted: as `ledger.open_ledger.run_node`.
    """
    if not isinstance(settings.engine, CometEngine):
        yield None
        return
    with run_node(paths.ledger, CometSettings.of(settings.engine, settings.org)) as ledger:
        yield ledger


def complete_home(root: Path, ledger: LedgerEngine) -> None:
    """Register the data chain of the home's org, and write its trust file, unless both are there; durable on return.

    Raises:
        Unavailable: the ledger has no block yet, makes none now, or a command uses the home.
        Unsettled: the registration has no result yet; call it again.
        Refused: the ledger refuses it.
    """
    paths = HomePaths(root)
    org = load_settings(paths.settings).org
    ledger.head()
    if log_key(ledger, org) is not None and has_own_trust(paths, ledger):
        return
    if log_key(ledger, org) is None and catches_up(ledger):
        raise Unavailable("the ledger's blocks are fetched from the other nodes")
    with Home(root, network=ledger) as home:
        if log_key(ledger, org) is None:
            home.member_client(org).submit(OpenLog(home.keys.log(org).public))
        if not has_own_trust(paths, ledger):
            tell_ledger(paths, ledger, paths.ledger, home.clock.now())
