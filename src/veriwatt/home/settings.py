"""What a person may set in node.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from veriwatt.errors import BadInput

TEMPLATE = """\
org = "{org}"
# Where `veriwatt node run` listens; keep it on loopback unless a TLS proxy stands in front.
listen = "127.0.0.1:8000"
# Accepted frames are anchored after so many seconds, or as soon as there are so many of them.
anchor_seconds = 60
anchor_frames = 1024
# Processes that help the node's own to judge frames; as many as there are cores to spare, about 90 MB each.
verify_processes = 0
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a home; every one but `org` has a default."""

    org: str
    listen: str = "127.0.0.1:8000"
    anchor_seconds: int = 60
    anchor_frames: int = 1024
    verify_processes: int = 0


def load_settings(path: Path) -> Settings:
    """The settings in a file; raises BadInput naming what is wrong with it."""
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(
            where=str(path), value=None, why=f"not readable TOML: {error}", remedy="mend the file"
        ) from error
    known = {f.name: {"str": str, "int": int}[str(f.type)] for f in fields(Settings)}
    for key, value in values.items():
        if type(value) is not known.get(key):
            remedy = f"the settings are {', '.join(known)}"
            raise BadInput(where=f"{path}: {key}", value=value, why="unknown setting or wrong type", remedy=remedy)
    if "org" not in values:
        raise BadInput(where=str(path), value=None, why="it has no setting org", remedy="name the org of the home")
    return Settings(**values)
