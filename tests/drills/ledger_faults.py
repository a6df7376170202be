"""Rows of faults on a network of four validators: after each, the honest nodes agree, and nothing accepted is lost."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic, time

from tests.comet_program import PROGRAM
from tests.drills.ledger_proofs import replay_rows
from tests.drills.rows import Row, none
from veriwatt.ledger.open_ledger import audit_ledger
from veriwatt.testing.actors import SimMember, sim_genesis
from veriwatt.testing.comet_network import wait_until
from veriwatt.testing.network_faults.aftermath import Aftermath, Aftermaths
from veriwatt.testing.network_faults.anchoring import Anchoring
from veriwatt.testing.network_faults.faults import FAULTS, change_state, halted, propose_invalid, state_sync
from veriwatt.testing.network_faults.namespaces import OURS, THEIRS, enter, line
from veriwatt.testing.network_faults.skewed_clock import build_skewed, set_offset
from veriwatt.testing.process_network import ProcessNetwork, height_of, light_block_of
from veriwatt.testing.small_disk import small_disk
from veriwatt.units import SECOND

VALIDATORS = 4
ORGS = 12
BLOCK_PAUSE = 100
SNAPSHOTS = 10
DISK = 96
"""Megabytes of the disk of one node."""

RESUMES = 90
"""Seconds in which a network resumes: a node whose disk was full waits up to a minute for its next start."""

MODULE = Path("engines/cometbft")


def fault_rows(folder: Path, seed: int, rounds: int) -> list[Row]:
    """Kills, pauses, stops and restarts in any order; then a liar, a fifth node from a snapshot, a changed state."""
    random = Random(seed)
    with _network(folder, snapshot_interval=SNAPSHOTS, more=1) as (network, anchoring):
        found, rows = Aftermaths(network, anchoring), list[Row]()
        for _ in range(rounds):
            for name, fault in sorted(FAULTS.items(), key=lambda _: random.random()):
                found.look(name, range(VALIDATORS), fault(network, anchoring, random))
        rows += _invalid_blocks(network, anchoring, found)
        found.look("state sync of a fifth node", range(VALIDATORS + 1), state_sync(network, anchoring, 4), synced=[4])
        rows += _changed_state(network, anchoring, found)
        rows += replay_rows("the chain after all faults", network.folder(0), network.running[0].run(height_of))
        rows.append(none("faults: anchors without a result in the end", anchoring.waiting, "anchors"))
        rows.append(none("faults: blocks without a quorum", len(anchoring.wrong), "blocks"))
    return [row for name in dict.fromkeys(each.name for each in found.all) for row in _rows(name, found.all)] + rows


def disk_rows(folder: Path, seed: int, seconds: float) -> list[Row]:
    """The disk of one node fills for some seconds, while the others go on; then there is room again."""
    hurt = Random(seed).randrange(1, VALIDATORS)
    with _network(folder, begin=False) as (network, anchoring), small_disk(network.folder(hurt), DISK) as disk:
        shutil.copytree(network.folder(hurt), disk.outside, dirs_exist_ok=True)
        befores = {hurt: partial(enter, disk.pid, "mnt")}
        _begin(network, anchoring, befores)
        found, others = Aftermaths(network, anchoring), [at for at in range(VALIDATORS) if at != hurt]
        anchoring.through(0)
        disk.fill()
        until = monotonic() + seconds
        while monotonic() < until:
            anchoring.through(others[0])
        disk.free()
        homes = [disk.outside if at == hurt else network.folder(at) for at in range(VALIDATORS)]
        found.look("full disk of one node", range(VALIDATORS), monotonic(), homes)
    return _rows("full disk of one node", found.all)


def line_rows(folder: Path, seed: int, seconds: float) -> list[Row]:
    """The line to one node loses every packet for some seconds, and is mended."""
    name = "a disconnected node"
    with line() as between:
        hosts = dict.fromkeys(range(VALIDATORS - 1), OURS) | {VALIDATORS - 1: THEIRS}
        with _network(folder, begin=False, hosts=hosts) as (network, anchoring):
            _begin(network, anchoring, {VALIDATORS - 1: partial(enter, between.pid, "net")})
            found = Aftermaths(network, anchoring)
            anchoring.through(VALIDATORS - 1)
            between.cut()
            until = monotonic() + seconds
            while monotonic() < until:
                anchoring.through(0)
            behind = network.running[0].run(height_of) - network.running[VALIDATORS - 1].run(height_of)
            between.mend()
            found.look(name, range(VALIDATORS), monotonic())
    return [Row(f"{name}: blocks that it missed", behind, "blocks", ">= 2"), *_rows(name, found.all)]


def clock_rows(folder: Path, seed: int, seconds: int) -> list[Row]:
    """One validator's clock is ahead by so many seconds, then another's behind; headers keep the honest time."""
    name, random = "a wrong clock", Random(seed)
    go = subprocess.run(["sh", "scripts/go.sh", ".venv"], capture_output=True, text=True, check=False).stdout.strip()
    rows = list[Row]()
    program = build_skewed(go, MODULE, folder.parent)
    with _network(folder, begin=False) as (network, anchoring):
        hurt = random.randrange(1, VALIDATORS)
        _begin(network, anchoring, {hurt: partial(set_offset, seconds)}, {hurt: program})
        found = Aftermaths(network, anchoring)
        ahead = _off_by(network, anchoring)
        network.stop(hurt)
        network.begin(hurt, before=partial(set_offset, -seconds), program=program)
        network.running[hurt].ready()
        behind = _off_by(network, anchoring)
        found.look(name, range(VALIDATORS), monotonic())
    rows += [
        Row(f"{name}: its offset", seconds, "s", ">= 1"),
        Row(f"{name}: headers off by, one clock ahead", round(ahead, 3), "s", "<= 2"),
        Row(f"{name}: headers off by, one clock behind", round(behind, 3), "s", "<= 2"),
    ]
    return rows + _rows(name, found.all)


@contextmanager
def _network(
    folder: Path,
    *,
    begin: bool = True,
    snapshot_interval: int = 0,
    more: int = 0,
    hosts: Mapping[int, str] | None = None,
) -> Iterator[tuple[ProcessNetwork, Anchoring]]:
    """Four validators, each of an org's own machine as it were, and orgs that anchor; started if `begin`."""
    owners = [SimMember(f"org{at}", "owner") for at in range(ORGS)]
    genesis = sim_genesis(*owners, validators=VALIDATORS)
    folder.mkdir()
    with ProcessNetwork(
        folder, genesis, PROGRAM, block_pause=BLOCK_PAUSE, snapshot_interval=snapshot_interval, more=more, hosts=hosts
    ) as network:
        anchoring = Anchoring(network, owners)
        if begin:
            _begin(network, anchoring)
        yield network, anchoring


def _begin(
    network: ProcessNetwork,
    anchoring: Anchoring,
    befores: Mapping[int, Callable[[], None]] | None = None,
    programs: Mapping[int, Path] | None = None,
) -> None:
    """Start the validators, some after a function of their own or with a program of their own."""
    for at in range(VALIDATORS):
        network.begin(at, before=(befores or {}).get(at), program=(programs or {}).get(at, PROGRAM))
    for node in network.running.values():
        node.ready()
    network.wait_for_blocks()
    anchoring.open_logs(0)


def _invalid_blocks(network: ProcessNetwork, anchoring: Anchoring, found: Aftermaths) -> list[Row]:
    """A validator whose every proposal is invalid is outvoted, round after round."""
    liar, name = VALIDATORS - 1, "a validator that proposes invalid blocks"
    done = SimMember("org0", "owner", chain=network.genesis.chain_id).open_log()
    began = network.running[0].run(height_of)
    network.running[liar].run(propose_invalid, done)
    for _ in range(2 * VALIDATORS):
        anchoring.through(0)
    found.look(name, range(VALIDATORS), monotonic())
    heights = range(began + 1, network.running[0].run(height_of) + 1)
    later = sum(network.running[0].run(light_block_of, at).commit.round > 0 for at in heights)
    network.stop(liar)
    network.run(liar)
    return [Row(f"{name}: blocks that took another round", later, "blocks", ">= 1")]


def _changed_state(network: ProcessNetwork, anchoring: Anchoring, found: Aftermaths) -> list[Row]:
    """A validator whose state was changed halts and says so, an audit names the row, and the others go on."""
    hurt, name = 2, "a validator with a changed state"
    change_state(network, hurt)
    wait_until(lambda: bool(network.running[hurt].run(halted)))
    why = network.running[hurt].run(halted)
    told = [problem for problem in audit_ledger(network.folder(hurt)).problems if "zeus" in problem.row]
    network.stop(hurt)
    honest = [at for at in network.running if at != hurt]
    found.look(name, honest, monotonic(), synced=[VALIDATORS])
    return [
        Row(f"{name}: halted, and told the block", int("state rows are not those of block" in why), "nodes", "= 1"),
        Row(f"{name}: the audit names the row", len(told), "rows", "= 1"),
    ]


def _off_by(network: ProcessNetwork, anchoring: Anchoring) -> float:
    """Seconds by which a header of new anchors lies outside the time in which they were sent and became final."""
    off = 0.0
    for _ in range(VALIDATORS):
        began = time()
        anchoring.through(0)
        newest = network.running[0].run(light_block_of, network.running[0].run(height_of)).header.time_ms / SECOND
        off = max(off, began - newest, newest - time())
    return off


def _rows(name: str, all_found: Sequence[Aftermath]) -> list[Row]:
    """The rows of one fault, however often it was made."""
    found = [each for each in all_found if each.name == name]
    return [
        Row(f"{name}: anchors accepted", sum(each.accepted for each in found), "anchors", f">= {len(found)}"),
        none(f"{name}: accepted anchors that a node lacks", sum(each.lost for each in found), "anchors"),
        none(f"{name}: heights at which nodes differ", sum(each.differing for each in found), "heights"),
        none(f"{name}: problems that audits find", sum(each.problems for each in found), "problems"),
        Row(f"{name}: longest until all went on", round(max(each.seconds for each in found), 1), "s", f"<= {RESUMES}"),
    ]
