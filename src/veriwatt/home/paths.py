"""The paths of the files in a node's home."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from veriwatt.errors import FileLost, Malformed, NotFound, WrongFormat
from veriwatt.home.home_format import FORMAT, NAME, NODE, REMEDY, check_format_stated, check_home_format
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.system.files import DiskFiles


@dataclass(frozen=True, slots=True)
class HomePaths:
    """The files and folders of one home; no other files are written in it."""

    root: Path

    @property
    def format(self) -> Path:
        return self.root / NAME

    @property
    def settings(self) -> Path:
        return self.root / "node.toml"

    @property
    def genesis(self) -> Path:
        return self.root / "genesis.cbor"

    @property
    def trust(self) -> Path:
        return self.root / "trust.json"

    @property
    def keystore(self) -> Path:
        return self.root / "keys" / "owner.keystore"

    @property
    def ledger(self) -> Path:
        """The folder of the ledger; `ledger.open_ledger` chooses the engine."""
        return self.root / "ledger"

    @property
    def next_ledger(self) -> Path:
        """The ledger that a move has made and not put in its place yet."""
        return self.root / "ledger-next"

    def old_ledger(self, chain: str) -> Path:
        """A ledger that this home's ledger continues; nothing writes to it any more."""
        return self.root / f"ledger-{chain}"

    @property
    def next_node_keys(self) -> Path:
        """The keys of the node that this home will have in a network, from the plan of a move until the move."""
        return self.root / "keys" / "next-node"

    @property
    def successions(self) -> Path:
        """The proofs of the moves of the ledger, which terminals ask for."""
        return self.root / "successions"

    @property
    def objects(self) -> Path:
        return self.root / "objects"

    @property
    def chains(self) -> Path:
        return self.root / "chains"

    def chain(self, org: str) -> Path:
        """An org's data chain: `journal/` and `tile/`."""
        return self.chains / org

    def journal(self, org: str) -> Path:
        """The accepted frames of an org that are not anchored yet."""
        return self.chain(org) / "journal"

    def high_water(self, org: str) -> Path:
        """The checkpoint of the most frames of an org that were acknowledged; apart from its journal."""
        return self.root / "high-water" / org

    def marked(self, org: str) -> Path:
        """There, and empty, once a high-water mark of the org was stored; apart from the mark."""
        return self.chain(org) / "marked"

    @property
    def cosigned(self) -> Path:
        """The newest cosignature of each witness of the ledger."""
        return self.root / "cosigned"

    @property
    def index(self) -> Path:
        return self.root / "index.db"

    @property
    def readings(self) -> Path:
        return self.root / "readings.duckdb"

    @property
    def hashes(self) -> Path:
        """Where hashes and digests are on the ledger; derived."""
        return self.root / "hashes.db"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def terminals(self) -> Path:
        return self.root / "terminals"

    def spool(self, terminal: str) -> Path:
        return self.terminals / terminal / "spool.db"

    @property
    def tls(self) -> Path:
        """The certificate that the node made itself, and its key."""
        return self.root / "tls"

    @property
    def join_request(self) -> Path:
        """What the org of a home that joined gave to those who admitted it."""
        return self.root / "join-request"

    @property
    def access(self) -> Path:
        """Who may sign in: links, sessions and tokens, under the hashes of their secrets."""
        return self.root / "access"

    @property
    def run(self) -> Path:
        """What a node that `veriwatt network up` started writes: its log, and the link that it prints."""
        return self.root / "run"

    @property
    def log(self) -> Path:
        return self.run / "node.log"

    @property
    def link(self) -> Path:
        return self.run / "sign-in"

    @property
    def lock(self) -> Path:
        return self.root / "home.lock"


def _check_genesis_format(paths: HomePaths) -> None:
    """Raise WrongFormat for a home that is older than its marker; any other mistake is found by who reads the file."""
    try:
        Genesis.from_bytes(DiskFiles().read(paths.genesis))
    except WrongFormat as error:
        raise WrongFormat(f"the home {paths.root}", error.found, FORMAT, REMEDY) from error
    except Malformed:
        return


def find_home(root: Path) -> HomePaths:
    """The files of the home at `root`.

    Raises:
        NotFound: there is no home.
        FileLost: it lost its genesis or its format file.
        BadInput: it is a terminal's home.
        WrongFormat: another release made it.
    """
    paths = HomePaths(root)
    check_home_format(root, NODE)
    if paths.genesis.is_file() and not paths.format.exists():
        _check_genesis_format(paths)
    if not paths.genesis.is_file():
        if paths.format.exists() or paths.ledger.is_dir():
            raise FileLost(str(paths.genesis))
        raise NotFound(f"{root} is not a home: it has no {paths.genesis.name}; `veriwatt init {root}` makes one")
    check_format_stated(root)
    return paths
