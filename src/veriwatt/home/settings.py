"""The settings of a node's home, `node.toml`, which a person may edit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from veriwatt.errors import Malformed
from veriwatt.system.special_files import check_regular
from veriwatt.system.toml_tables import read_toml

TEMPLATE = """\
org = "{org}"
# Where `veriwatt node run` listens: plain HTTP on loopback, TLS everywhere else.
listen = "127.0.0.1:8000"
# Certificate (with its chain) and key in PEM, by their paths from the home; without them the node makes its own.
# certificate = "/etc/veriwatt/fullchain.pem"
# certificate_key = "/etc/veriwatt/privkey.pem"
# The address that sign-in links begin with, where people call the node by another than the one it listens at.
# address = "https://node.example"
# Where /metrics answers without a session; without this setting only with one, at `listen`.
# metrics_listen = "127.0.0.1:9100"
# The addresses of proxies in front of the node: of what they send, the last address in X-Forwarded-For is charged.
proxies = []
# Accepted frames are anchored after so many seconds, or as soon as there are so many of them.
anchor_seconds = 60
anchor_frames = 1024
# Processes that check frames beside the node's own: as many as there are cores to spare, about 90 MB each.
verify_processes = 0
# Tables of factors of the org itself, which go before those of the product: files, by their paths from the home.
factors = []
"""

MOST = 1_000_000_000
"""The largest number in a setting."""


@dataclass(frozen=True)
class Settings:
    """The settings of a home; all but `org` have defaults.

    `metrics_listen` is empty where metrics have no listener of their own. `proxies` are addresses that are believed
    when they say for whom they call. `factors` are files with the org's own tables of factors, by their paths from the
    home; so are `certificate` and `certificate_key`, of which there are both or none. `address` is the one that sign-in
    links begin with.
    """

    org: str
    listen: str = "127.0.0.1:8000"
    metrics_listen: str = ""
    proxies: tuple[str, ...] = ()
    anchor_seconds: int = 60
    anchor_frames: int = 1024
    verify_processes: int = 0
    factors: tuple[str, ...] = ()
    certificate: str = ""
    certificate_key: str = ""
    address: str = ""


def load_settings(path: Path) -> Settings:
    """Load the settings; raises BadInput naming the key, its value and a remedy, or NotAFile."""
    check_regular(path)
    table = read_toml(path)
    settings = Settings(
        org=table.text("org"),
        listen=table.text("listen", Settings.listen),
        metrics_listen=table.optional_text("metrics_listen") or "",
        proxies=table.texts("proxies", Settings.proxies),
        anchor_seconds=table.number("anchor_seconds", 0, MOST, Settings.anchor_seconds),
        anchor_frames=table.number("anchor_frames", 0, MOST, Settings.anchor_frames),
        verify_processes=table.number("verify_processes", 0, MOST, Settings.verify_processes),
        factors=table.texts("factors", Settings.factors),
        certificate=table.optional_text("certificate") or "",
        certificate_key=table.optional_text("certificate_key") or "",
        address=(
            table.checked("address", _address, 'write address = "https://node.example"') if table.has("address") else ""
        ),
    )
    table.close()
    if bool(settings.certificate) != bool(settings.certificate_key):
        raise table.bad("certificate_key", "and certificate belong together", "name both files, or neither")
    return settings


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise Malformed("is not an address of the form https://host:port")
    return text.rstrip("/")
