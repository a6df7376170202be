"""Rows of what must be so on every ledger: old evidence, forgers, thieves, other machine versions, other machines."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.drills.rows import Row, none
from tests.machine.replayed_ledger import SURROUNDINGS, replayed_under
from veriwatt.ledger.open_ledger import (
    CometSettings,
    create_ledger,
    create_node_ledger,
    ledger_file,
    open_ledger,
    run_node,
)
from veriwatt.machine.version import MACHINE_VERSION, WrongMachine
from veriwatt.system.clock import SystemClock
from veriwatt.system.free_port import free_port
from veriwatt.testing.actors import SimMember, sim_genesis, sim_validator
from veriwatt.testing.comet_network import sim_node_keys
from veriwatt.testing.council_story import CHANGES, forked, offered, tell_story
from veriwatt.testing.lying_peers import FollowedWorld
from veriwatt.testing.tls_thief import DOORS, heard, refusal, signed_by_thief
from veriwatt.testing.worlds import SimWorld
from veriwatt.units import MINUTE
from veriwatt.verify.outcome import verification_outcome
from veriwatt.verify.verdict import Verdict

MIGRATION = "veriwatt ledger propose upgrade"


def proof_rows(folder: Path) -> list[Row]:
    """Evidence over changes of validators, a long-range fork, a stolen TLS key, another machine version, a replay."""
    folder.mkdir()
    plant = _plant(folder / "plant")
    return [
        *_evidence_rows(folder),
        *_thief_rows(folder / "thief"),
        *_version_rows(folder),
        *replay_rows("a plant's embedded ledger", plant),
    ]


def replay_rows(name: str, folder: Path, heights: int | None = None) -> list[Row]:
    """The blocks of a ledger from its genesis, in processes of other hash seeds, time zones and locales.

    Each compares the app hash of every height with the header's. `heights` bounds how many are compared with each
    other, where the ledger grows meanwhile.
    """
    played = [replayed_under("tests.machine.replayed_ledger", each, str(folder)) for each in SURROUNDINGS.values()]
    common = min(len(each) for each in played)
    differing = sum(len(set(hashes)) > 1 for hashes in zip(*played, strict=False))
    return [
        Row(f"replay of {name}: surroundings", len(played), "processes", ">= 2"),
        Row(f"replay of {name}: heights", common, "heights", f">= {heights or 1}"),
        none(f"replay of {name}: app hashes that differ", differing, "heights"),
    ]


def _evidence_rows(folder: Path) -> list[Row]:
    """Made at height 10, and read twenty changes of validators later; and what the former validators forge."""
    story = tell_story(folder / "story")
    led, renewed = story.renewed(story.first), story.renewed(story.last)
    verdicts = {
        "read with the trust file of then": (story.outcome(story.evidence, story.first), Verdict.PROVEN),
        "led from the trust file of then by skipping": (story.outcome(led, story.first), Verdict.PROVEN),
        "read with a later trust file": (story.outcome(story.evidence, story.last), Verdict.CONSISTENT),
        "refreshed, read with a later trust file": (story.outcome(renewed, story.last), Verdict.PROVEN),
    }
    name, top = f"evidence {CHANGES} changes of validators later", story.last.header.height
    rows = [
        Row(f"{name}: {what}, it is {wanted.value}", int(found.verdict is wanted), "files", "= 1")
        for what, (found, wanted) in verdicts.items()
    ]
    rows.append(Row(f"{name}: refreshed", len(renewed.to_bytes()), "B", "<= 12000"))
    rows.append(Row(f"{name}: led from the trust file of then", len(led.to_bytes()), "B", "<= 12000"))
    proven = tried = 0
    for height in (0, top + 1, top + 40):
        fork, evidence = forked(story, folder / f"fork{height}", height)
        outcomes = [
            verification_outcome(forged.to_bytes(), reader, now)
            for forged, reader, now in offered(story, fork, evidence)
        ]
        tried += len(outcomes)
        proven += sum(each.verdict is Verdict.PROVEN for each in outcomes)
        fork.world.close()
    story.network.world.close()
    return [
        *rows,
        Row("a long-range fork of the former validators: offered", tried, "files", ">= 24"),
        none("a long-range fork of the former validators: proven", proven, "files"),
    ]


def _thief_rows(folder: Path) -> list[Row]:
    """What the holder of a node's TLS key heard or signs, at every door of that node and of another, now and later."""
    world = FollowedWorld(folder)
    bodies = heard(world)
    world.peer("spare")
    answers = {name: world.peers[name].answers for name in ("main", "spare")}
    codes = [refusal(each, door, bodies[of]) for each in answers.values() for door in DOORS for of in DOORS]
    codes += [refusal(each, door, signed_by_thief(world, door)) for each in answers.values() for door in DOORS]
    world.clock.advance_to(world.clock.now() + 3 * MINUTE)
    codes += [refusal(answers["main"], door, bodies[door]) for door in DOORS]
    world.close()
    return [
        Row("a stolen TLS key: requests tried", len(codes), "requests", ">= 14"),
        none("a stolen TLS key: doors that it opened", codes.count("ok"), "doors"),
    ]


def _version_rows(folder: Path) -> list[Row]:
    """Starts on a state of the next machine version, under both engines."""
    genesis = sim_genesis(SimMember("acme", "ann"))
    embedded, node = folder / "embedded", folder / "node"
    settings = CometSettings(Path("/nonexistent/cometbft"), free_port(), f"127.0.0.1:{free_port()}")
    for each in (embedded, node):
        each.mkdir()
    create_ledger(embedded, genesis, sim_validator(), SystemClock()).close()
    create_node_ledger(node, genesis, sim_node_keys(0), settings)
    later = replace(genesis, machine_version=MACHINE_VERSION + 1)
    refused = 0
    for start in (partial(open_ledger, embedded, sim_validator, SystemClock()), partial(run_node, node, settings)):
        with closing(sqlite3.connect(ledger_file(start.args[0]))) as db, db:
            db.execute("UPDATE blocks SET block = ? WHERE height = 0", (later.to_bytes(),))
        try:
            start().close()
        except WrongMachine as error:
            refused += MIGRATION in str(error)
    return [Row("another machine version: starts refused, the migration command named", refused, "engines", "= 2")]


def _plant(folder: Path) -> Path:
    """The ledger of a plant: roles, members, points with their calendars, certifications, anchors of two days."""
    world = SimWorld(folder)
    for day in range(2):
        world.day(day)
        world.anchor()
    world.close()
    return folder
