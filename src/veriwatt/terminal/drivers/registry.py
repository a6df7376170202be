"""Which driver serves which meter."""

from __future__ import annotations

from veriwatt.ports.clock import Clock
from veriwatt.terminal.config.terminal_config import DriverKind, TerminalConfig
from veriwatt.terminal.drivers.base import Driver
from veriwatt.terminal.drivers.modbus_tcp.driver import ModbusTcp

_DRIVERS = {DriverKind.MODBUS_TCP: ModbusTcp}


def drivers_of(config: TerminalConfig, clock: Clock) -> dict[str, Driver]:
    """A driver for each meter of the configuration, by meter id; none is connected yet."""
    return {meter.id: _DRIVERS[meter.driver](meter, clock) for meter in config.meters}
