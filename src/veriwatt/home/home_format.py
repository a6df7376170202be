"""The format of a home, a node's or a terminal's: one line in a file of its own, read before all others.

    format      "veriwatt home 1" or "veriwatt terminal home 1", and a line feed

A home without the file is of format 1, as all homes were before there was one. Spec: docs/spec/home.md.
"""

from __future__ import annotations

import re
from pathlib import Path

from veriwatt.errors import WrongFormat
from veriwatt.system.files import DiskFiles, Files, save

NODE, TERMINAL = "home", "terminal home"
"""The kinds of home there are."""

FORMAT = 1
NAME = "format"

_REMEDY = "use the release of veriwatt that made it, or make a new one"
_LINE = re.compile(rb"veriwatt ([a-z ]+) (\d{1,9})\n")


def format_line(kind: str) -> bytes:
    """All bytes of the file in a home of this program's format."""
    return f"veriwatt {kind} {FORMAT}\n".encode()


def write_home_format(files: Files, root: Path, kind: str) -> None:
    """Write the file; durable on return."""
    save(files, root / NAME, format_line(kind))


def check_home_format(root: Path, kind: str) -> None:
    """Raise WrongFormat when the home at `root` is of another kind or format, naming what the file says."""
    path, files = root / NAME, DiskFiles()
    if not files.exists(path):
        return
    raw = files.read(path)
    if raw != format_line(kind):
        match = _LINE.fullmatch(raw)
        found = int(match[2]) if match and match[1] == kind.encode() else repr(raw[:40].decode("utf-8", "replace"))
        raise WrongFormat(f"the {kind} {root}", found, FORMAT, _REMEDY)
