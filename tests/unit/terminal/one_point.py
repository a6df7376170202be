"""The configuration of a terminal as it is written down: one meter and one point, or more of both."""

from __future__ import annotations

MODBUS = 'driver = "modbus_tcp"\nhost = "h"'
REGISTER = 'register = 0\nenergy = "electricity"\nunit = "kWh"'


def one_point(point: str, *, node: str = '"http://n"', timezone: str = "UTC") -> str:
    """`point` are the lines of the point beside its id, meter and register; `node` is a TOML value."""
    return terminal_of(meter("m"), point_of("m", "p", f"{REGISTER}\n{point}"), node=node, timezone=timezone)


def terminal_of(*tables: str, node: str = '"http://n"', timezone: str = "UTC") -> str:
    """The terminal "t" of org "o" with these meters and points."""
    return f'[terminal]\nname = "t"\norg = "o"\nnode = {node}\ntimezone = "{timezone}"\n' + "".join(tables)


def meter(name: str, lines: str = MODBUS) -> str:
    return f'[[meter]]\nid = "{name}"\n{lines}\n'


def point_of(meter: str, point: str, lines: str) -> str:
    return f'[[point]]\nid = "{point}"\nmeter = "{meter}"\n{lines}\n'
