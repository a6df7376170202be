"""The address of the log host in `terminal.toml`: one that a request can be made of, or none."""

from __future__ import annotations

import re
from ipaddress import ip_address

import httpx

from veriwatt.errors import Malformed

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}")
_LONGEST_NAME = 253


def check_node(url: str) -> str:
    """The address as given; raises Malformed where no request could be made of it.

    It is read as the client that delivers reads it, which writes a name in other letters as its host does (IDNA).
    """
    try:
        parts = httpx.URL(url)
        host = parts.raw_host.decode("ascii")
        port = parts.port
    except (httpx.InvalidURL, ValueError) as error:
        raise Malformed(f"is not an address of the form https://host:port: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise Malformed("is not an address of the form https://host:port")
    if port is not None and not 0 < port < 1 << 16:
        raise Malformed("has a port that is none of 1 to 65535")
    if "?" in url or "#" in url:
        raise Malformed("has a query or a fragment, to which no path can be added")
    if not _is_host(host):
        raise Malformed("has a host that is neither an IP address nor a name of labels of at most 63 letters")
    return url


def _is_host(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        name = host.removesuffix(".")
        return len(name) <= _LONGEST_NAME and all(_LABEL.fullmatch(label) for label in name.split("."))
    return True
