"""The format of a node's, terminal's or witness's home: one line in a file that is read before all others.

    format      "veriwatt home 2", "veriwatt terminal home 2" or "veriwatt witness home 2", and a line feed

A home without the file has format 1, and its genesis is refused by that number; or it lost the file, and is refused
until that is back. Spec: docs/spec/home.md.
"""

from __future__ import annotations

import re
from pathlib import Path

from veriwatt.errors import BadInput, FileLost, WrongFormat
from veriwatt.system.files import DiskFiles, Files, save

NODE, TERMINAL, WITNESS = "home", "terminal home", "witness home"
"""The kinds of homes."""

OWNERS = {NODE: "a node's", TERMINAL: "a terminal's", WITNESS: "a witness's"}
"""What a home of each kind is called."""

FORMAT = 2
NAME = "format"

REMEDY = "use the release of veriwatt that made it, or make a new one"
_SAME_IN_ALL = "a copy of the home, or from another home of its kind that the same release made: it is the same in all"
_LINE = re.compile(rb"veriwatt ([a-z ]+) (\d{1,9})\n")


def format_line(kind: str) -> bytes:
    """The bytes of the file for this program's format."""
    return f"veriwatt {kind} {FORMAT}\n".encode()


def write_home_format(files: Files, root: Path, kind: str) -> None:
    """Write the file; durable on return."""
    save(files, root / NAME, format_line(kind))


def home_around(path: Path) -> Path | None:
    """The home in which `path` lies, at any depth: the folder of a home's format file, of any kind and number."""
    for folder in path.parents:
        file = folder / NAME
        if file.is_file():
            with file.open("rb") as opened:
                if _LINE.fullmatch(opened.read(64)):
                    return folder
    return None


def check_home_format(root: Path, kind: str) -> None:
    """Check that the home at `root`, if it states any format, is of this kind and of this program's format.

    Raises:
        BadInput: it is a home of another kind.
        WrongFormat: it has another format; the message quotes the file.
    """
    path, files = root / NAME, DiskFiles()
    if not files.exists(path):
        return
    raw = files.read(path)
    if raw != format_line(kind):
        match = _LINE.fullmatch(raw)
        stated = match[1].decode() if match else ""
        if stated != kind and stated in OWNERS:
            why = f"is {OWNERS[stated]} home, and this is for {OWNERS[kind]}"
            raise BadInput(where=str(root), value=None, why=why, remedy=f"name {OWNERS[kind]} home")
        found = int(match[2]) if match and stated == kind else repr(raw[:40].decode("utf-8", "replace").rstrip("\n"))
        raise WrongFormat(f"the {kind} {root}", found, FORMAT, REMEDY)


def check_format_stated(root: Path) -> None:
    """Raise FileLost if a home lost its format file; an older one, which never had it, is refused by its number before.

    Another release might read the other files as well, so nobody is told to write the line by hand.
    """
    if not DiskFiles().exists(root / NAME):
        raise FileLost(str(root / NAME), put_back_from=_SAME_IN_ALL)
