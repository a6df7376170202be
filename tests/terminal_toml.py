"""The terminal.toml of a terminal with one meter that nothing answers for."""

from __future__ import annotations

POINT = """\
[[point]]
id = "main"
meter = "m"
register = 0
type = "u32"
scale = "0.01"
energy = "electricity"
unit = "kWh"
kind = "register"
"""


def terminal_toml(org: str, *points: str) -> str:
    """The configuration of terminal t1 of the org, with these [[point]] tables, by default one register."""
    head = f"""\
[terminal]
name = "t1"
org = "{org}"
node = "http://127.0.0.1:9"
timezone = "+08:00"
[[meter]]
id = "m"
driver = "modbus_tcp"
host = "127.0.0.1"
"""
    return head + "".join(points or (POINT,))
