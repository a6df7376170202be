"""The registry of drivers, by the value of `driver` in terminal.toml. A new driver adds one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from veriwatt.terminal.drivers.base import DriverKind
from veriwatt.terminal.drivers.modbus_tcp.driver import ModbusTcpKind

DriverKinds: TypeAlias = Mapping[str, DriverKind[Any, Any]]

DRIVERS: DriverKinds = {"modbus_tcp": ModbusTcpKind()}
