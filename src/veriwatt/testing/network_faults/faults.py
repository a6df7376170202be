"""Faults of one node or of all, each while anchors are on their way.

Each takes the network, the orgs that anchor and a source of randomness, and returns when its fault ended, as
`Aftermaths.look` wants it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from random import Random
from time import monotonic, sleep

from veriwatt.errors import Unavailable
from veriwatt.ledger.comet.ledger import CometLedger
from veriwatt.ledger.open_ledger import ledger_file
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.testing.comet_network import wait_until
from veriwatt.testing.network_faults.anchoring import Anchoring
from veriwatt.testing.process_network import ProcessNetwork, height_of, light_block_of
from veriwatt.units import UtcMillis

PAUSE = 6.0
"""Seconds for which a node is stopped: longer than a round without its proposal takes."""

ANY_TIME = 0.8
"""Seconds after a broadcast within which a fault begins: in any step of two blocks."""

Fault = Callable[[ProcessNetwork, Anchoring, Random], float]


def kill(network: ProcessNetwork, anchoring: Anchoring, random: Random) -> float:
    """A node dies with its CometBFT while anchors that it took are on their way, and is started again."""
    at = random.choice(list(network.running))
    anchoring.begin(at)
    sleep(random.uniform(0, ANY_TIME))
    network.kill(at)
    anchoring.finish()
    anchoring.through(_other(network, at))
    network.run(at)
    return monotonic()


def kill_comet(network: ProcessNetwork, anchoring: Anchoring, random: Random) -> float:
    """CometBFT of one node dies; the node starts it again."""
    at = random.choice(list(network.running))
    anchoring.begin(_other(network, at))
    sleep(random.uniform(0, ANY_TIME))
    network.kill_comet(at)
    anchoring.finish()
    return monotonic()


def pause(network: ProcessNetwork, anchoring: Anchoring, random: Random) -> float:
    """A node stops for some seconds, and goes on as if nothing had been."""
    at = random.choice(list(network.running))
    other = _other(network, at)
    network.pause(at)
    try:
        until = monotonic() + PAUSE
        while monotonic() < until:
            anchoring.through(other)
    finally:
        network.go_on(at)
    return monotonic()


def stop_two(network: ProcessNetwork, anchoring: Anchoring, random: Random) -> float:
    """Two of four stop: nothing is accepted, and what was sent is when they are there again."""
    gone = random.sample(sorted(network.running), 2)
    for at in gone:
        network.stop(at)
    left = next(iter(network.running))
    anchoring.send(left)
    sleep(ANY_TIME)  # the block that was being decided may still come
    height = network.running[left].run(height_of)
    sleep(PAUSE)
    if network.running[left].run(height_of) > height:
        anchoring.wrong.append(f"a block after {height}, decided by two of four")
    network.run(*gone)
    return monotonic()


def restart_all(network: ProcessNetwork, anchoring: Anchoring, random: Random) -> float:
    """Every node dies while anchors are on their way, and all are started again."""
    everyone = sorted(network.running)
    anchoring.begin(random.choice(everyone))
    sleep(random.uniform(0, ANY_TIME))
    for at in everyone:
        network.kill(at)
    anchoring.finish()
    network.run(*everyone)
    return monotonic()


def rolling_restart(network: ProcessNetwork, anchoring: Anchoring, _random: Random) -> float:
    """The nodes are stopped and started one after the other, while anchors come through the others."""
    for at in sorted(network.running):
        network.stop(at)
        other = _other(network, at)
        anchoring.begin(other)
        network.run(at)
        anchoring.finish()
        top = network.running[other].run(height_of)
        wait_until(lambda at=at, top=top: network.running[at].run(height_of) >= top)  # type: ignore[misc]
    return monotonic()


FAULTS: dict[str, Fault] = {
    "kill -9 of a node": kill,
    "kill -9 of a CometBFT": kill_comet,
    "a paused node": pause,
    "two of four stopped": stop_two,
    "kill -9 and restart of all": restart_all,
    "rolling restart under load": rolling_restart,
}
"""Those that leave every node honest and whole."""


def propose_invalid(ledger: LedgerEngine, done: bytes) -> None:
    """Let every proposal of this node hold what nobody signed, and what was executed; run in its process."""
    assert isinstance(ledger, CometLedger)
    application = ledger.node.application
    honest = application.prepare

    def lying(height: int, time: UtcMillis, transactions: Sequence[bytes]) -> tuple[bytes, ...]:
        return (*honest(height, time, transactions), b"nobody signed this", done)

    application.prepare = lying  # type: ignore[method-assign]


def change_state(network: ProcessNetwork, at: int) -> None:
    """A row is added to the state of node `at`, behind the application's back, and its CometBFT is restarted."""
    with closing(sqlite3.connect(ledger_file(network.folder(at)))) as db, db:
        db.execute("INSERT INTO state VALUES (?, ?)", (b"org/zeus", b"never admitted"))
    network.kill_comet(at)


def halted(ledger: LedgerEngine) -> str:
    """Why the node halted, empty if it has not; run in its process."""
    assert isinstance(ledger, CometLedger)
    try:
        _ = ledger.node.application
    except Unavailable as error:
        return str(error)
    return ""


def state_sync(network: ProcessNetwork, anchoring: Anchoring, at: int) -> float:
    """A node without blocks takes its state from a snapshot that the others serve, and follows from there."""
    trusted = network.running[0].run(light_block_of, 2)
    network.begin(at, sync_at=trusted)
    network.running[at].ready()
    anchoring.through(0)
    wait_until(lambda: network.running[at].run(height_of) > trusted.header.height)
    return monotonic()


def _other(network: ProcessNetwork, at: int) -> int:
    return next(each for each in network.running if each != at)
