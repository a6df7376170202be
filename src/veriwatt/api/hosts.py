"""Host names: the host of a request, and whether a name or address is loopback."""

from __future__ import annotations

from ipaddress import ip_address

from starlette.datastructures import Headers

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


def host_of(headers: Headers) -> str:
    """The `Host` of a request in lower case, without its port; empty without one."""
    host = headers.get("host", "")
    if host.startswith("["):
        return host.partition("]")[0][1:].lower()
    return host.partition(":")[0].lower()


def is_loopback(host: str) -> bool:
    """Whether a name or address is a loopback one."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
