"""The settings of a node's home, `node.toml`, which a person may edit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from veriwatt.errors import Malformed
from veriwatt.home.ledger_engine import EmbeddedEngine, LedgerEngineSettings, read_engine
from veriwatt.ids import check_name
from veriwatt.model.ledger.cosignature import WitnessKey
from veriwatt.system.special_files import check_regular
from veriwatt.system.toml_tables import TomlTable, read_toml

TEMPLATE = """\
org = "{org}"
# The name of this node among those of its org: org and name are what requests of members are addressed to.
# name = "main"
# Where `veriwatt node run` listens: plain HTTP on loopback, TLS everywhere else.
listen = "{listen}"
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
# Witnesses of this ledger that are asked over HTTP: key and address of each, as whoever runs it told you.
# witnesses = ["west.example/w1+HASH+KEY https://west.example:8000"]
# Homes of witnesses that this node serves over HTTP for other ledgers, made by `veriwatt witness init`; by their paths
# from the home.
# witness_homes = ["witness"]
# Processes that check frames beside the node's own: as many as there are cores to spare, about 90 MB each.
verify_processes = 0
# Tables of factors of the org itself, which go before those of the product: files, by their paths from the home.
factors = []
"""

LISTEN = "127.0.0.1:8000"
"""Where a node listens by default."""

MOST = 1_000_000_000
"""The largest number in a setting."""


@dataclass(frozen=True, slots=True)
class AskedWitness:
    """A witness of this ledger that is asked over HTTP, at the node with this address."""

    key: WitnessKey
    address: str

    @classmethod
    def parse(cls, text: str) -> AskedWitness:
        """Key and address with a blank between; raises Malformed."""
        key, _, address = text.partition(" ")
        return cls(WitnessKey.parse(key), _address(address))


@dataclass(frozen=True)
class Settings:
    """The settings of a home; all but `org` have defaults.

    `metrics_listen` is empty where metrics have no listener of their own. `proxies` are addresses that are believed
    when they say for whom they call. `factors` are files with the org's own tables of factors, by their paths from the
    home; so are `certificate` and `certificate_key`, of which there are both or none. `address` is the one that sign-in
    links begin with. `engine` is that of the ledger. `witnesses` are asked over HTTP; `witness_homes` are those of
    witnesses that the node serves, by their paths from the home.
    """

    org: str
    listen: str = LISTEN
    metrics_listen: str = ""
    proxies: tuple[str, ...] = ()
    anchor_seconds: int = 60
    anchor_frames: int = 1024
    verify_processes: int = 0
    factors: tuple[str, ...] = ()
    certificate: str = ""
    certificate_key: str = ""
    address: str = ""
    engine: LedgerEngineSettings = EmbeddedEngine()
    name: str = "main"
    witnesses: tuple[AskedWitness, ...] = ()
    witness_homes: tuple[str, ...] = ()


def settings_text(org: str, listen: str = LISTEN) -> str:
    """The file of a new home."""
    return TEMPLATE.format(org=org, listen=listen)


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
        name=table.checked("name", _name, 'write name = "main"') if table.has("name") else Settings.name,
        address=(
            table.checked("address", _address, 'write address = "https://node.example"') if table.has("address") else ""
        ),
        engine=read_engine(table),
        witnesses=_witnesses(table),
        witness_homes=table.texts("witness_homes", Settings.witness_homes),
    )
    table.close()
    if bool(settings.certificate) != bool(settings.certificate_key):
        raise table.bad("certificate_key", "and certificate belong together", "name both files, or neither")
    return settings


def _witnesses(table: TomlTable) -> tuple[AskedWitness, ...]:
    found = []
    for text in table.texts("witnesses", ()):
        try:
            found.append(AskedWitness.parse(text))
        except Malformed as error:
            raise table.bad("witnesses", str(error), 'write "NAME+HASH+KEY https://host:port" for each') from error
    if len({each.key.name for each in found}) != len(found):
        raise table.bad("witnesses", "a name is there twice", "name each witness once")
    return tuple(found)


def _name(text: str) -> str:
    return check_name(text, "node.toml: name")


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
        raise Malformed("is not an address of the form https://host:port")
    return text.rstrip("/")
