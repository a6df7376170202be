"""The checker of the house's rules catches each breach it is there for."""

from __future__ import annotations

import pytest

from tests.architecture.house_rules import violations

PLANTED = {
    "upward import": ("merkle.tree", "from veriwatt.machine.state import State", "merkle imports machine"),
    "upward import of a module": ("model.frames.frame", "import veriwatt.verify.procedure", "model imports verify"),
    "verify learns of the machine": ("verify.reading", "from veriwatt import machine", "verify imports machine"),
    "sibling import": ("store.local_blobs", "from veriwatt.ledger.embedded import Ledger", "store imports ledger"),
    "the log host sees fsck": ("loghost.accept", "from veriwatt.fsck.walk import walk", "loghost imports fsck"),
    "import inside a function": ("ids", "def f():\n    from veriwatt.crypto import hashing", "ids imports crypto"),
    "relative import": ("model.frames.frame", "from . import point", "relative import"),
    "unknown room": ("lounge.sofa", "", "no room of the house"),
    "vague name": ("loghost.helpers", "", "says nothing"),
    "clock": ("machine.state", "import time", "machine imports time"),
    "clock by from": ("verify.reading", "from datetime import datetime", "verify imports datetime"),
    "randomness": ("model.frames.frame", "import secrets", "model imports secrets"),
    "file system": ("merkle.tiles", "import os.path", "merkle imports os"),
    "float": ("machine.rules", "RATE = 0.5", "float literal"),
    "float call": ("machine.rules", "x = float(y)", "float()"),
    "division": ("model.frames.frame", "x = a / b", "division"),
    "division in place": ("model.frames.frame", "a /= b", "division"),
    "hash": ("encoding.cbor", "x = hash(y)", "hash()"),
    "set literal": ("machine.state", "for x in {1, 2}:\n    f(x)", "iteration over a set"),
    "set call": ("machine.state", "y = [x for x in set(z)]", "iteration over a set"),
    "set made a list": ("machine.state", "y = list(frozenset(z))", "iteration over a set"),
    "set joined": ("machine.state", "y = ','.join({a, b})", "iteration over a set"),
    "set unpacked": ("machine.state", "y = [*{a, b}]", "iteration over a set"),
    "set in a variable": ("machine.state", "def f(z):\n    s = set(z)\n    for x in s:\n        g(x)", "over a set"),
    "set as argument": ("machine.state", "def f(s: frozenset[int]):\n    return tuple(s)", "iteration over a set"),
    "keys combined": ("machine.state", "for k in a.keys() & b.keys():\n    f(k)", "iteration over a set"),
    "cryptography": ("loghost.accept", "from cryptography.hazmat import x", "belongs to crypto"),
    "PyNaCl": ("machine.state", "import nacl.bindings", "belongs to crypto"),
    "CBOR library": ("model.frames.frame", "import cbor2", "belongs to encoding"),
    "web framework": ("loghost.accept", "from fastapi import FastAPI", "belongs to api web"),
    "database": ("reading.query", "import duckdb", "belongs to readmodel"),
    "database beside the spool": ("terminal.framing.framer", "import sqlite3", "belongs to ledger.rows"),
    "a ledger's engine": (
        "node.home",
        "from veriwatt.ledger.embedded.ledger import EmbeddedLedger",
        "other rooms import ledger.open_ledger",
    ),
    "a ledger's file": ("home.paths", 'path = root / "ledger.db"', "ledger.db belongs to ledger"),
    "command line library": ("reading.query", "import typer", "belongs to cli"),
    "SQL": ("reading.query", "q = 'SELECT value FROM readings'", "SQL outside the stores"),
    "SQL with values": ("api.pages", "q = f'INSERT INTO t VALUES ({x})'", "SQL outside the stores"),
    "testing in the product": ("loghost.accept", "from veriwatt.testing.plant import Plant", "imports testing"),
    "component upward": (
        "machine.members.handlers.org",
        "from veriwatt.machine.trust.queries import score",
        "component members imports trust",
    ),
    "component's keys": (
        "machine.anchors.handlers.anchor",
        "from veriwatt.machine.terminals.state_keys import passport_key",
        "not the queries of terminals",
    ),
}
ALLOWED = {
    "downward import": ("machine.state", "from veriwatt.verify.reading import verify_reading"),
    "own room": ("machine.state", "from veriwatt.machine.overlay import Overlay"),
    "component's queries": ("machine.anchors.handlers.a", "from veriwatt.machine.terminals.queries import passport"),
    "component module by name": ("machine.trust.queries", "from veriwatt.machine.members import queries"),
    "dispatcher": ("machine.dispatch", "from veriwatt.machine.anchors.handlers import anchor"),
    "set asked, not walked": ("machine.state", "ok = x in {1, 2}\nfor y in sorted(set(z)):\n    f(y)"),
    "floor division": ("model.frames.frame", "x = a // b"),
    "spool's SQL": ("terminal.spool.spool", "import sqlite3\nq = 'SELECT 1'"),
    "demo": ("cli.demo", "from veriwatt.testing.plant import Plant"),
    "a ledger, whatever its engine": ("node.home", "from veriwatt.ledger.open_ledger import open_ledger"),
    "testing sees all": ("testing.plant", "import sqlite3\nfrom veriwatt.node import Node"),
    "version": ("crypto.hashing", "from veriwatt import __version__"),
    "version of the package": ("node", "import veriwatt\nversion = veriwatt.__version__"),
    "prose": ("reading.query", '"""Select what is known; update the view."""'),
}


@pytest.mark.parametrize(("module", "source", "said"), PLANTED.values(), ids=PLANTED)
def test_planted_breach_is_caught(module: str, source: str, said: str) -> None:
    found = violations(module, source)
    assert len(found) == 1
    assert said in found[0]


@pytest.mark.parametrize(("module", "source"), ALLOWED.values(), ids=ALLOWED)
def test_what_the_rules_allow_passes(module: str, source: str) -> None:
    assert violations(module, source) == []
