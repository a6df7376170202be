"""Each kind of artefact, written in another format, is refused by name and with what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import encode
from veriwatt.errors import WrongFormat
from veriwatt.home.home_format import NODE, TERMINAL, check_home_format
from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.ledger.open_ledger import (
    CometSettings,
    create_ledger,
    create_node_ledger,
    ledger_file,
    open_ledger,
    open_reader,
    run_node,
)
from veriwatt.machine.version import MACHINE_VERSION, WrongMachine
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.model.keys.key_store import MAGIC, KeyStore
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.readmodel.frame_index import FrameIndex
from veriwatt.readmodel.frame_index_file import FrameIndexFile
from veriwatt.store.journal import recover
from veriwatt.system.clock import SystemClock
from veriwatt.system.files import DiskFiles
from veriwatt.system.free_port import free_port
from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spool_rows import SpoolRows
from veriwatt.testing.actors import SimMember, sim_genesis, sim_validator
from veriwatt.testing.comet_network import sim_node_keys
from veriwatt.verify.claims.kinds import parse_evidence


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file of format `number`: its path under a folder, its bytes, what opens it there, and the format wanted."""

    path: str
    content: bytes | None
    open: Callable[[Path], object]
    number: int = 0
    wanted: int = 2


def _database(path: Path, number: int) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE something_else (id)")
        db.execute(f"PRAGMA user_version = {number}")


ARTEFACTS = {
    "home": Artefact("format", b"veriwatt home 0\n", lambda path: check_home_format(path.parent, NODE)),
    "terminal home": Artefact(
        "format", b"veriwatt terminal home 0\n", lambda path: check_home_format(path.parent, TERMINAL)
    ),
    "evidence": Artefact("e.vwe", encode([0, "fields"]), lambda path: parse_evidence(path.read_bytes())),
    "genesis": Artefact("g.cbor", encode([0]), lambda path: Genesis.from_bytes(path.read_bytes())),
    "trust.json": Artefact(
        "trust.json",
        b'{"format": "veriwatt trust file 0", "more": 1}',
        lambda path: parse_trust(path.read_bytes(), path.name),
    ),
    "key store": Artefact("k", encode([MAGIC, 0, "fields"]), lambda path: KeyStore.open(path.read_bytes(), None)),
    "journal": Artefact(
        "0000000000000000.journal", b"VWJ0" + bytes(96), lambda path: recover(DiskFiles(), path.parent, 0, sha256)
    ),
    # user_version 0 states no format: these are of a later one
    "ledger file": Artefact("ledger.db", None, lambda path: EmbeddedLedger.open(path, None, SystemClock()), 99, 3),
    "spool": Artefact("spool.db", None, Spool, 99),
    "spool under fsck": Artefact("spool.db", None, SpoolRows, 99),
    "frame index": Artefact("index.db", None, FrameIndex, 99),
    "frame index under fsck": Artefact("index.db", None, FrameIndexFile, 99),
}


@pytest.mark.parametrize("engine", ["embedded", "of a network"])
def test_a_ledger_of_another_machine_version_is_not_opened_and_names_the_way_to_another(
    engine: str, tmp_path: Path
) -> None:
    genesis, validator = sim_genesis(SimMember("acme", "ann")), sim_validator()
    if engine == "embedded":
        create_ledger(tmp_path, genesis, validator, SystemClock()).close()
    else:
        create_node_ledger(tmp_path, genesis, sim_node_keys(0), _node_settings())
    later = replace(genesis, machine_version=MACHINE_VERSION + 1)
    with closing(sqlite3.connect(ledger_file(tmp_path))) as db, db:
        db.execute("UPDATE blocks SET block = ? WHERE height = 0", (later.to_bytes(),))
    starts: list[Callable[[], object]] = [partial(open_reader, tmp_path)]
    if engine == "embedded":
        starts.append(partial(open_ledger, tmp_path, sim_validator, SystemClock()))
    else:
        starts.append(partial(run_node, tmp_path, _node_settings()))
    for start in starts:
        with pytest.raises(WrongMachine, match="veriwatt ledger propose upgrade") as refused:
            start()
        assert refused.value.found == str(MACHINE_VERSION + 1)


def _node_settings() -> CometSettings:
    return CometSettings(Path("/nonexistent/cometbft"), free_port(), f"127.0.0.1:{free_port()}")


@pytest.mark.parametrize("kind", ARTEFACTS)
def test_an_artefact_of_another_format_is_refused_by_name_and_left_alone(kind: str, tmp_path: Path) -> None:
    artefact = ARTEFACTS[kind]
    path = tmp_path / artefact.path
    if artefact.content is None:
        _database(path, artefact.number)
    else:
        path.write_bytes(artefact.content)
    before = path.read_bytes()
    with pytest.raises(WrongFormat) as refused:
        artefact.open(path)
    assert kind.removesuffix(" under fsck") in refused.value.kind
    assert (refused.value.found, refused.value.expected) == (str(artefact.number), str(artefact.wanted))
    assert refused.value.remedy in str(refused.value)
    assert path.read_bytes() == before
