"""What accepting a frame costs beside the bare verification of its signature; run it, it prints the ratio.

Frames of 100 points and 15 one-minute slots, batches of 256, a journal on disk that is synced for each.
Both are timed in turn in one process, and the ratio is the median of the rounds', because absolute
times drift with whatever else the machine does. `cpu_ratio` leaves out what waits for the disk or for others.
"""

from __future__ import annotations

import json
import sys
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np
from nacl.bindings import crypto_sign_open

from veriwatt.crypto.hashing import sha256
from veriwatt.ledger.embedded import EmbeddedLedger
from veriwatt.machine.anchors.queries import data_chain
from veriwatt.model.columns import Column
from veriwatt.model.frame import FIRST, FrameHeader, parse_frame, sign_header, upload_bytes
from veriwatt.model.group import definitions_root
from veriwatt.model.organisation import Role
from veriwatt.model.origin import ClockState, Meter
from veriwatt.model.point import PointDefinition
from veriwatt.model.sealed_group import FrameIdentity, seal_group
from veriwatt.model.status import Kind
from veriwatt.readmodel.frame_index import FrameIndex
from veriwatt.services.accept import Acceptance, Accepted
from veriwatt.services.chain import DataChain, open_chain
from veriwatt.services.facts import Facts
from veriwatt.services.quarantine import FolderQuarantine
from veriwatt.store.files import DiskFiles
from veriwatt.store.local import LocalStore
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis, sim_key, sim_validator
from veriwatt.testing.clocks import SimClock
from veriwatt.units import DAY, MINUTE, Interval

POINTS, SLOTS, BATCH, ROUNDS = 100, 15, 256, 8
ORG = "acme"


def ledger_at(folder: Path, definitions: tuple[PointDefinition, ...], terminal: SimTerminal) -> EmbeddedLedger:
    owner, inspector = SimMember(ORG, "ann"), SimMember("metro", "ida", Role.METROLOGY)
    genesis = sim_genesis(owner, inspector, SimMember("metro", "max"))
    ledger = EmbeddedLedger.create(folder / "ledger.db", genesis, sim_validator(), SimClock(START + DAY))
    results = ledger.submit([
        owner.open_log(), owner.define("main", *definitions), owner.enrol(terminal),
        inspector.certify(terminal, START, START + 400 * DAY),
    ])  # fmt: skip
    assert all(result.ok for result in results), results
    return ledger


def make_frames(
    ledger: EmbeddedLedger, definitions: tuple[PointDefinition, ...], terminal: SimTerminal, count: int
) -> list[bytes]:
    """Frames of random walks, sealed and signed, as a terminal sends them."""
    random, prev, head, uploads = np.random.default_rng(1), FIRST, ledger.head(), []
    levels = random.integers(0, 10**6, POINTS)
    for seq in range(1, count + 1):
        start = START + DAY + (seq - 1) * SLOTS * MINUTE
        window, starts = Interval(start, start + SLOTS * MINUTE), start + MINUTE * np.arange(SLOTS)
        walks = levels[:, None] + np.cumsum(random.integers(0, 200, (POINTS, SLOTS)), axis=1)
        levels = walks[:, -1]
        codes = np.ones(SLOTS, np.uint8)
        columns = [Column(d.id, starts, starts + MINUTE, walks[i], codes) for i, d in enumerate(definitions)]
        identity = FrameIdentity(1, ORG, terminal.name, 0, seq, window, 1)
        nonce = sha256(b"nonce %d" % seq)[:12]
        root = definitions_root(definitions)
        entry, payload = seal_group("main", root, columns, (), identity, sha256(b"window key"), nonce)
        header = FrameHeader(
            ledger.chain_id, ORG, terminal.name, 1, 0, seq, prev, window, window.end, Meter(),
            head.root_log_size, head.root_log_leaf, ClockState("ntp", 0, 5), (entry,),
        )  # fmt: skip
        uploads.append(upload_bytes(sign_header(header.to_bytes(), terminal.key), [payload]))
        prev = parse_frame(uploads[-1]).frame_id
    return uploads


def open_host(folder: Path, ledger: EmbeddedLedger) -> tuple[DataChain, Acceptance]:
    files = DiskFiles()
    blobs, index = LocalStore(files, folder / "objects"), FrameIndex(folder / "index.db")
    chain = open_chain(ORG, files, folder / "chain", blobs, index, data_chain(ledger, ORG), ())
    quarantine = FolderQuarantine(files, folder / "quarantine")
    return chain, Acceptance(chain, Facts(ledger), sim_key(f"log {ORG}"), quarantine)


def measure(folder: Path, rounds: int = ROUNDS) -> dict[str, float]:
    """Median microseconds a frame of both, and their median ratio."""
    definitions = tuple(
        PointDefinition(f"p{n:03}", "electricity", "kWh", Kind.REGISTER, -2, 1, "1m", "+00:00") for n in range(POINTS)
    )
    terminal = SimTerminal(ORG, "t1")
    ledger = ledger_at(folder, definitions, terminal)
    uploads = make_frames(ledger, definitions, terminal, BATCH * (rounds + 1))
    _, acceptance = open_host(folder, ledger)
    now, rest, key = START + 300 * DAY, iter(uploads), terminal.key.public.raw
    bare, accepted, computed = [], [], []
    for _ in range(rounds + 1):
        batch = list(islice(rest, BATCH))
        envelopes = [parse_frame(upload).envelope for upload in batch]
        signed = [envelope.signature + envelope.signed_bytes() for envelope in envelopes]
        began, began_cpu = perf_counter(), process_time()
        for message in signed:
            crypto_sign_open(message, key)
        between, between_cpu = perf_counter(), process_time()
        outcomes = acceptance.accept(batch, now).outcomes
        ended, ended_cpu = perf_counter(), process_time()
        assert all(isinstance(outcome, Accepted) for outcome in outcomes), outcomes[0]
        bare.append((between - began) / BATCH * 1e6)
        accepted.append((ended - between) / BATCH * 1e6)
        computed.append((ended_cpu - between_cpu) / (between_cpu - began_cpu))
    bare, accepted, computed = bare[1:], accepted[1:], computed[1:]  # the first round fills the caches
    ratios = [a / b for a, b in zip(accepted, bare, strict=True)]
    return {
        "bytes": len(uploads[-1]), "bare_us": median(bare), "accept_us": median(accepted), "ratio": median(ratios),
        "cpu_ratio": median(computed),
    }  # fmt: skip


if __name__ == "__main__":
    with TemporaryDirectory() as home:
        found = measure(Path(home), int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
        print(json.dumps({name: round(value, 2) for name, value in found.items()}))
