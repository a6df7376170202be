"""Whether the settings of a home name the engine that its ledger has: a person may have edited or lost the table."""

from __future__ import annotations

from veriwatt.errors import BadInput
from veriwatt.home.ledger_engine import COMET, EMBEDDED, FOLLOWER, CometEngine, FollowerEngine, LedgerEngineSettings
from veriwatt.home.paths import HomePaths
from veriwatt.home.settings import Settings, load_settings
from veriwatt.ledger.open_ledger import is_followed, is_network, ledger_file

_REMEDY = {
    COMET: 'write the table again: engine = "comet", listen, rpc_port and peers, whose values of the last start are in '
    "ledger/comet/config/config.toml (p2p laddr, rpc laddr, persistent_peers)",
    FOLLOWER: 'write the table again: engine = "follower", and peers = ["ORG/NODE https://node.example:8443 TLS-KEY"]',
    EMBEDDED: "take the table out",
}


def checked_settings(paths: HomePaths) -> Settings:
    """The settings of a home, once their `[ledger]` is that of its ledger; raises BadInput."""
    settings = load_settings(paths.settings)
    check_engine(paths, settings)
    return settings


def check_engine(paths: HomePaths, settings: Settings) -> None:
    """Raise BadInput unless `[ledger]` of the settings names the engine of the ledger that is there.

    Without the right table a validator would not run, and its home would look like one whose network rests.
    """
    named, found = _named(settings.engine), _found(paths)
    if found is not None and found != named:
        raise BadInput(
            where=f"{paths.settings}: [ledger]",
            value=None if named == EMBEDDED else named,
            why=f"{'the table is missing' if named == EMBEDDED else 'it names another engine'}, and the ledger of this "
            f"home is {_TOLD[found]}",
            remedy=_REMEDY[found],
        )


_TOLD = {
    COMET: "that of a node in a network of validators",
    FOLLOWER: "the copy of a node that follows others",
    EMBEDDED: "of this node alone",
}


def _named(engine: LedgerEngineSettings) -> str:
    if isinstance(engine, CometEngine):
        return COMET
    return FOLLOWER if isinstance(engine, FollowerEngine) else EMBEDDED


def _found(paths: HomePaths) -> str | None:
    """The engine of the ledger by its files; None where there are none."""
    if is_network(paths.ledger):
        return COMET
    if is_followed(paths.ledger):
        return FOLLOWER
    return EMBEDDED if ledger_file(paths.ledger).is_file() else None
