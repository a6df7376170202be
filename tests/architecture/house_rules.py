"""The house's rules as a checker over one module's source (docs/adr/0003-house-rules-are-checked.md).

`violations(module, source)` names every breach in words; the tests run it over the product and over
planted breaches. It reads syntax only: what types hide (a set held in an attribute, a float from a library)
is left to the replay tests.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.set_iteration import set_iterations

ORDER: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("units",),
    ("cookie_text", "counted", "ids", "single_precision", "toml_text", "utc_text", "zone_names"),
    ("crypto", "encoding"),
    ("merkle",),
    ("model", "energy"),
    ("metering", "erasure"),
    ("verify",),
    ("machine",),
    ("ports",),
    ("system",),
    ("home",),
    ("ledger", "store", "readmodel", "terminal", "bridges"),
    ("membership", "loghost", "fsck"),
    ("reading", "importing"),
    ("api", "web"),
    ("node",),
    ("cli", "__main__"),
)
RANK = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}

PURE = ("encoding", "merkle", "model", "metering", "erasure", "verify", "machine")
IMPURE_MODULES = frozenset(
    [
        "time",
        "datetime",
        "random",
        "os",
        "asyncio",
        "socket",
        "threading",
        "uuid",
        "secrets",
        "pathlib",
        "subprocess",
        "tempfile",
    ]
)
IMPURE_CALLS = frozenset(["hash", "float", "open", "print", "input", "id"])

COMPONENTS = ("members", "terminals", "anchors", "storage", "access", "trust", "reports", "governance")

SQL_ROOMS = ("ledger.rows", "ledger.embedded", "terminal.spool", "readmodel", "system.sqlite", "bridges.sql")
FENCES: dict[str, tuple[str, ...]] = {
    "cryptography": ("crypto",),
    "nacl": ("crypto",),
    "rbcl": ("crypto",),
    "gmssl": ("crypto",),
    "pkcs11": ("crypto",),
    "tpm2_pytss": ("crypto",),
    "keyring": ("crypto",),
    "cbor2": ("encoding",),
    "pyeclib": ("erasure",),
    "fastapi": ("api", "web"),
    "starlette": ("api", "web"),
    "pydantic": ("api",),
    "uvicorn": ("api", "web", "node"),
    "google": ("ledger.comet",),
    "sqlite3": SQL_ROOMS,
    "duckdb": ("readmodel", "bridges.sql"),
    "obstore": ("store", "cli.bench"),
    "typer": ("cli",),
    "rich": ("cli",),
}
SURFACES = {"ledger": ("ledger.open_ledger",)}
"""The modules of a room that other rooms may import, where they are not all: nobody names a ledger's engine."""

OWN_FILES = {"ledger.db": "ledger"}
"""File names that one room alone knows."""

_SQL = re.compile(
    r"\s*(SELECT\s|INSERT\s+(OR|INTO)\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|PRAGMA\s|WITH\s+\w+\s+AS\s"
    r"|(CREATE|ALTER|DROP)\s+(TABLE|VIEW|INDEX|UNIQUE|TEMP|VIRTUAL)\b)"
)
VAGUE_NAMES = frozenset(["utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"])


def violations(module: str, source: str) -> list[str]:
    """Every breach in `module` (dotted, without `veriwatt.`), as `line: what`; empty when there is none."""
    tree = ast.parse(source)
    room = module.split(".", maxsplit=1)[0]
    found = list(_names(module))
    for line, name in imported_modules(tree):
        found += [f"{line}: {said}" for said in _imports(module, room, name)]
    if room in PURE:
        found += [f"{line}: {said}" for line, said in _impurities(tree)]
    if room != "testing":
        found += [f"{line}: {name} belongs to {OWN_FILES[name]}" for line, name in _file_names(tree, room)]
    if not _inside(module, SQL_ROOMS) and room != "testing":
        found += [f"{line}: SQL outside the stores" for line in _sql_strings(tree)]
    return found


def imported_modules(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import; `from a.b import c` names `a.b.c`, so that `c` may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def _names(module: str) -> Iterator[str]:
    parts = module.split(".")
    if parts[0] not in RANK and parts[0] not in {"", "testing"}:
        yield f"1: {parts[0]} is no room of the house"
    for part in parts:
        if part in VAGUE_NAMES:
            yield f"1: a module named {part} says nothing of what is in it"


def _imports(module: str, room: str, name: str) -> Iterator[str]:
    top = name.split(".", maxsplit=1)[0]
    if name.startswith("."):
        yield "relative import"
    elif top == "veriwatt":
        yield from _inner_import(module, room, name.removeprefix("veriwatt").removeprefix("."))
    else:
        if room in PURE and top in IMPURE_MODULES:
            yield f"{room} imports {top}"
        if room != "testing" and top in FENCES and not _inside(module, FENCES[top]):
            yield f"{module} imports {top}, which belongs to {' '.join(FENCES[top])}"


def _inner_import(module: str, room: str, name: str) -> Iterator[str]:
    other = name.split(".", maxsplit=1)[0]
    if other in {"", "__version__"} or room == "testing":
        return
    if other == "testing":
        if module.rsplit(".", maxsplit=1)[-1] != "demo":
            yield f"{module} imports testing"
    elif other != room and (other not in RANK or RANK[other] >= RANK.get(room, -1)):
        yield f"{room} imports {other}"
    elif other != room and other in SURFACES and not _inside(name, SURFACES[other]):
        yield f"{module} imports {name}; other rooms import {' '.join(SURFACES[other])}"
    elif other == room == "machine":
        yield from _component_import(module, name)


def _component_import(module: str, name: str) -> Iterator[str]:
    """A component looks down the chain only, and only at `queries`; what is no component may see them all."""
    own, other = _component(module), _component(name)
    if own is None or other is None or other == own:
        return
    if COMPONENTS.index(other) > COMPONENTS.index(own):
        yield f"component {own} imports {other}"
    elif name.split(".")[2:3] != ["queries"]:
        yield f"component {own} imports {name}, not the queries of {other}"


def _component(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in COMPONENTS else None


def _impurities(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield node.lineno, "float literal"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield node.lineno, "division"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
            yield node.lineno, f"{node.func.id}()"
    for line in set_iterations(tree):
        yield line, "iteration over a set"


def _sql_strings(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.match(node.value):
            yield node.lineno


def _file_names(tree: ast.Module, room: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and OWN_FILES.get(node.value, room) != room:
            yield node.lineno, node.value


def _inside(module: str, places: tuple[str, ...]) -> bool:
    return any(module == place or module.startswith(place + ".") for place in places)
