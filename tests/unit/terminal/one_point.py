"""The configuration of a terminal with one meter and one point, as it is written down."""

from __future__ import annotations


def one_point(point: str, *, node: str = '"http://n"', timezone: str = "UTC") -> str:
    """`point` are the lines of the point beside its id, meter and register; `node` is a TOML value."""
    return f"""
[terminal]
name = "t"
org = "o"
node = {node}
timezone = "{timezone}"
[[meter]]
id = "m"
driver = "modbus_tcp"
host = "h"
[[point]]
id = "p"
meter = "m"
register = 0
energy = "electricity"
unit = "kWh"
{point}
"""
