"""Rows of loads: anchors a second and their finality, hostile members beside honest ones, memory by the block."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from statistics import quantiles

from tests.comet_program import PROGRAM
from tests.drills.rows import Row, none
from veriwatt.cli.bench.anchor_load import Keys, open_logs, send_anchors
from veriwatt.crypto.hashing import sha256
from veriwatt.testing.actors import SimMember, sim_genesis
from veriwatt.testing.memory_slope import SAMPLES, Sample, anchor_until, embedded_samples, resident, slope
from veriwatt.testing.network_faults.hostile import KINDS, Flooded, flood
from veriwatt.testing.node_process import CLI
from veriwatt.testing.process_network import ProcessNetwork

VALIDATORS = 4
HONEST, HOSTILE = 24, "mallory"
ROUNDS = 8
"""Anchors of each honest org beside each flood."""

KEEPS_FINALITY = 5
"""Seconds of the honest p95 beside a flood, on cores that the flood's maker shares."""

BLOCKS = 10_000
"""The blocks in which memory may grow by a megabyte."""

MEGABYTE = 1 << 20

FILLING = 16
"""Megabytes by which a process may grow in a run that is too short for a slope."""


def bench_rows() -> list[Row]:
    """The benchmark's figures, by its command."""
    answer = json.loads(subprocess.run([*CLI, "bench", "ledger", "--json"], capture_output=True, check=True).stdout)
    found: Mapping[str, float] = {figure["name"]: figure["value"] for figure in answer["figures"]}
    ratios = {figure["name"]: figure["ratio"] for figure in answer["figures"]}
    return [
        Row("embedded: anchors in blocks", round(found["anchors"]), "anchors/s", ">= 5000"),
        Row("embedded: the network's load, one by one", round(found["embedded_one_by_one"]), "anchors/s", ">= 1000"),
        Row("embedded: the network's load, in bundles", round(found["embedded_in_bundles"]), "anchors/s", ">= 1000"),
        Row("four validators: anchors one by one", round(found["network_one_by_one"]), "anchors/s", ">= 150"),
        Row("four validators: finality one by one, p50", round(found["one_by_one_p50"], 2), "s", "<= 2"),
        Row("four validators: finality one by one, p95", round(found["one_by_one_p95"], 2), "s", "<= 2"),
        Row("four validators: anchors in bundles", round(found["network_in_bundles"]), "anchors/s", ">= 1000"),
        Row(
            "four validators: anchors in bundles, the floor", round(found["network_in_bundles"]), "anchors/s", ">= 400"
        ),
        Row("four validators: finality in bundles, p50", round(found["in_bundles_p50"], 2), "s", "<= 2"),
        Row("four validators: finality in bundles, p95", round(found["in_bundles_p95"], 2), "s", "<= 2"),
        Row("an anchor in bundles for one validator", round(found["in_bundles_cpu"]), "us", f"<= {2_000_000 // 4_000}"),
        Row(
            "an anchor in bundles for one validator, of bare verification",
            round(ratios["in_bundles_cpu"], 1),
            "ratio",
            "<= 10",
        ),
        Row("an idle network: blocks beyond the heartbeat", max(0, found["network_idle_blocks"] - 1), "blocks", "<= 0"),
    ]


def hostile_rows(folder: Path, seconds: float) -> list[Row]:
    """Every kind of flood through the hostile org's own validator, while others anchor through the rest."""
    honest = [f"org{at}" for at in range(HONEST)]
    members = [SimMember(org, "owner") for org in (*honest, HOSTILE)]
    keys: Keys = {org: sha256(f"veriwatt simulated key: member {org}/owner".encode()) for org in (*honest, HOSTILE)}
    folder.mkdir()
    rows = list[Row]()
    with ProcessNetwork(folder, sim_genesis(*members, validators=VALIDATORS), PROGRAM, block_pause=500) as network:
        network.run(*range(VALIDATORS))
        network.wait_for_blocks()
        network.running[0].run(open_logs, keys)
        port = network.settings(VALIDATORS - 1).rpc_port
        for kind in KINDS:
            network.running[VALIDATORS - 1].begin(flood, port, kind, HOSTILE, seconds)
            finality = _honest(network, {org: keys[org] for org in honest})
            rows += _flood_rows(kind, network.running[VALIDATORS - 1].answer(), finality)
    return rows


def memory_rows(folder: Path, network_blocks: int, embedded_blocks: int) -> list[Row]:
    """Resident memory by the block: of a validator's application and CometBFT, and of an embedded ledger."""
    folder.mkdir()
    (folder / "embedded").mkdir()
    rows = [_memory_row("an embedded ledger", embedded_samples(folder / "embedded", embedded_blocks), 10 * BLOCKS)]
    application, comet = _network_samples(folder / "network", network_blocks)
    return [
        *rows,
        Row("memory of an embedded ledger: blocks", embedded_blocks, "blocks", ">= 1"),
        _memory_row("a validator's application", application, BLOCKS),
        _memory_row("a validator's CometBFT", comet, BLOCKS),
        Row("memory of a validator's CometBFT in the end", round(comet[-1].resident / MEGABYTE), "MB", "<= 250"),
        Row(
            "memory of a validator's application in the end", round(application[-1].resident / MEGABYTE), "MB", "<= 250"
        ),
        Row("memory of a validator: blocks", application[-1].height, "blocks", ">= 1"),
    ]


def _network_samples(folder: Path, blocks: int) -> tuple[list[Sample], list[Sample]]:
    """Of the second validator's two processes, while the first takes an anchor for every second block."""
    folder.mkdir()
    owner = SimMember("org0", "owner")
    seed = sha256(b"veriwatt simulated key: member org0/owner")
    application, comet = list[Sample](), list[Sample]()
    with ProcessNetwork(folder, sim_genesis(owner, validators=VALIDATORS), PROGRAM, block_pause=0) as network:
        network.run(*range(VALIDATORS))
        network.wait_for_blocks()
        network.running[0].run(open_logs, {"org0": seed})
        pids = network.running[1].pids
        for at in range(1, SAMPLES + 1):
            height = network.running[0].run(anchor_until, "org0", seed, at * blocks // SAMPLES)
            for samples, pid in zip((application, comet), pids, strict=True):
                samples.append(Sample(height, resident(pid)))
    return application, comet


def _memory_row(what: str, samples: list[Sample], judged_from: int) -> Row:
    """The slope, once there were so many blocks; before, caches still fill, and what they filled in is bounded."""
    if samples[-1].height >= judged_from:
        growth = slope(samples) * BLOCKS / MEGABYTE
        return Row(f"memory of {what}: growth in 10^4 blocks", round(growth, 2), "MB", "<= 1")
    middle = samples[len(samples) // 2]
    grown, blocks = samples[-1].resident - middle.resident, samples[-1].height - middle.height
    name = f"memory of {what}: growth in the last {blocks} blocks, while caches fill"
    return Row(name, round(grown / MEGABYTE, 2), "MB", f"<= {FILLING}")


def _honest(network: ProcessNetwork, keys: Keys) -> list[float]:
    """The seconds in which each of the honest orgs' anchors became final, through the other validators."""
    orgs, honest = list(keys.items()), range(VALIDATORS - 1)
    for at in honest:
        network.running[at].begin(send_anchors, dict(orgs[at :: len(honest)]), ROUNDS, bundled=False)
    return [each for at in honest for each in network.running[at].answer().finality]


def _flood_rows(kind: str, found: Flooded, finality: list[float]) -> list[Row]:
    name = f"hostile: {kind}"
    return [
        Row(f"{name}: sent", found.sent, "items", ">= 1"),
        Row(f"{name}: let in, of those", round(found.taken / max(found.sent, 1), 3), "ratio", _MOST_LET_IN[kind]),
        none(f"{name}: others' anchors without a result", HONEST * ROUNDS - len(finality), "anchors"),
        Row(f"{name}: others' finality, p95", round(quantiles(finality, n=20)[-1], 2), "s", f"<= {KEEPS_FINALITY}"),
    ]


_MOST_LET_IN = {
    "bundles padded with stale transactions": "<= 1",  # each carries something new, and pays for it with its org's turn
    "bundles of nothing new": "<= 0",
    "bundles of the same transactions": "<= 0.9",
    "transactions under a used client id": "<= 0",
    "transactions that never expire": "<= 0",
    "bundles of unexpiring transactions": "<= 1",  # its org's turn is its own: blocks stay short
}
