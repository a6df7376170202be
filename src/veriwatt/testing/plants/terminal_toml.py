"""The `terminal.toml` of a plant's terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from veriwatt.terminal.drivers.modbus_tcp.register import NumberType
from veriwatt.testing.plants.meters import Meter, Plant, Quantity


class Reachable(Protocol):
    """Where a meter answers."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def unit_id(self) -> int: ...


def terminal_toml(
    plant: Plant, endpoints: Mapping[str, Reachable], node: str, slot: str = "15m", timeout_ms: int = 3_000
) -> str:
    """The configuration of the plant's one terminal, `<plant>-1`.

    Args:
        slot: the length of all slots.
        timeout_ms: milliseconds in which a meter answers.
    """
    head = (
        f'[terminal]\nname = "{plant.name}-1"\norg = "{plant.org}"\nnode = "{node}"\n'
        f'slot = "{slot}"\ntimezone = "Asia/Shanghai"\n'
    )
    meters = [_meter(meter, endpoints[f"{plant.name}/{meter.id}"], timeout_ms) for meter in plant.meters]
    points = [_point(plant, meter, quantity) for meter in plant.meters for quantity in meter.quantities]
    return "\n".join([head, *meters, *points])


def _meter(meter: Meter, endpoint: Reachable, timeout_ms: int) -> str:
    return (
        f'[[meter]]\nid = "{meter.id}"\ndriver = "modbus_tcp"\nhost = "{endpoint.host}"\nport = {endpoint.port}\n'
        f'unit = {endpoint.unit_id}\nword_order = "{meter.word_order.value}"\n'
        f"timeout_ms = {timeout_ms}\n"
    )


def _point(plant: Plant, meter: Meter, quantity: Quantity) -> str:
    size = "resolution" if quantity.type is NumberType.F32 else "scale"
    parent = ""
    if meter.parent is not None and quantity.name == "active":
        parent = f'parent = "{plant.name}/{meter.parent}/active"\n'
    return (
        f'[[point]]\nid = "{plant.name}/{meter.id}/{quantity.name}"\nmeter = "{meter.id}"\n'
        f'register = {meter.address(quantity)}\ntype = "{quantity.type.value}"\n{size} = "{quantity.scale}"\n'
        f'energy = "{quantity.energy}"\nunit = "{quantity.unit}"\nkind = "{quantity.kind.value}"\n'
        f'group = "{quantity.group}"\n{parent}'
    )
