"""The host that a request names."""

from __future__ import annotations

from starlette.datastructures import Headers


def host_of(headers: Headers) -> str:
    """The `Host` of a request in lower case, without its port; empty without one."""
    host = headers.get("host", "")
    if host.startswith("["):
        return host.partition("]")[0][1:].lower()
    return host.partition(":")[0].lower()
