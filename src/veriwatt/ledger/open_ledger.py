"""Creating, opening and auditing the ledger in a folder, whatever its engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from veriwatt.crypto.signing import Signer
from veriwatt.errors import FileLost, NotFound
from veriwatt.ledger.comet.audit import audit_comet
from veriwatt.ledger.comet.client import CometClient
from veriwatt.ledger.comet.comet_home import NodeKeys, node_keys_in, rpc_port_in, seed_in, write_config
from veriwatt.ledger.comet.home_audit import FileSeen, app_socket, audit_home_files
from veriwatt.ledger.comet.ledger import CometLedger, comet_home, create_comet_ledger
from veriwatt.ledger.comet.loopback import loopback_settings
from veriwatt.ledger.comet.program import find_program
from veriwatt.ledger.comet.reader import CometReader
from veriwatt.ledger.comet.rpc import CometRpc
from veriwatt.ledger.comet.settings import CometSettings
from veriwatt.ledger.comet.submitter import CometSubmitter
from veriwatt.ledger.embedded.audit import audit
from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.ledger.follower.copied_ledger import CopiedLedger, create_copy
from veriwatt.ledger.follower.copy_audit import audit_copy
from veriwatt.ledger.follower.copy_reader import CopyReader, NotCopiedYet
from veriwatt.ledger.follower.http_peer import HttpPeer, PeerFails
from veriwatt.ledger.follower.ledger import FollowedLedger, Following, Submitter
from veriwatt.ledger.registered_nodes import other_peers, registered_peer
from veriwatt.ledger.relay import Relay, SignBundle
from veriwatt.ledger.rows.export import LedgerExport, export_file, export_ledger, first_state, read_export
from veriwatt.ledger.rows.ledger_audit import LedgerAudit
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.members.peer_address import PeerAddress
from veriwatt.ports.clock import Clock
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.system.clock import SystemClock
from veriwatt.system.files import DiskFiles, save

__all__ = [
    "CometSettings",
    "CopiedLedger",
    "FollowedLedger",
    "Following",
    "HttpPeer",
    "LedgerExport",
    "NodeKeys",
    "NotCopiedYet",
    "PeerAddress",
    "PeerFails",
    "Relay",
    "SignBundle",
    "Submitter",
    "audit_ledger",
    "audit_node_files",
    "catches_up",
    "check_continues",
    "create_followed_ledger",
    "create_ledger",
    "create_node_ledger",
    "engine_folder",
    "export_file",
    "export_ledger",
    "find_program",
    "follow_ledger",
    "followed_folder",
    "is_followed",
    "is_network",
    "is_socket_of_node",
    "ledger_file",
    "loopback_settings",
    "network_peers",
    "node_key_in",
    "open_copy",
    "open_followed_ledger",
    "open_ledger",
    "open_reader",
    "open_relay",
    "other_peers",
    "own_node_id",
    "predecessor_export",
    "registered_peer",
    "run_node",
]


def ledger_file(folder: Path) -> Path:
    """The ledger's file in `folder`; `audit_ledger` checks every row of it."""
    return folder / "ledger.db"


def create_ledger(
    folder: Path, genesis: Genesis, signer: Signer, clock: Clock, export: LedgerExport | None = None
) -> LedgerEngine:
    """Create the ledger of `genesis` in an existing folder, and open it for writing; durable on return.

    `export` is of its predecessor, if it has one.

    Raises:
        Malformed, NotProven: the genesis does not continue the export.
        Refused: the folder has a ledger already, or `signer` is not the one validator of the genesis.
        Unavailable: another process has it open for writing, or the folder cannot be written.
    """
    return EmbeddedLedger.create(ledger_file(folder), genesis, signer, clock, export)


def create_node_ledger(
    folder: Path, genesis: Genesis, keys: NodeKeys, settings: CometSettings, export: LedgerExport | None = None
) -> None:
    """Make the files of a node in a network of validators, in an existing folder; durable on return.

    `run_node` may be given other settings. `export` is of the ledger's predecessor, if it has one.

    Raises:
        Malformed, NotProven: the genesis does not continue the export.
        Refused: the folder has a ledger already.
        Unavailable: another process has it open for writing, or the folder cannot be written.
    """
    create_comet_ledger(ledger_file(folder), genesis, keys, export)
    write_config(comet_home(ledger_file(folder)), settings)


def run_node(folder: Path, settings: CometSettings) -> LedgerEngine:
    """Run the node whose files `create_node_ledger` made, CometBFT and application, until the ledger is closed.

    It need not have a block yet: calls raise Unavailable (NoBlockYet) until its network makes the first one.

    Raises:
        As `open_ledger`, and Unavailable when CometBFT cannot be started.
    """
    with _there(folder, OTHERS):
        return CometLedger(ledger_file(folder), settings)


def catches_up(ledger: LedgerEngine) -> bool:
    """Whether the node of a network that runs in this process still fetches blocks that its peers have."""
    return isinstance(ledger, CometLedger) and ledger.catches_up()


def open_relay(ledger: LedgerEngine, sign: SignBundle | None) -> Relay:
    """The relay of a node; it verifies nothing that the ledger's engine in this process verifies too."""
    return Relay(ledger, sign, ledger.envelopes if isinstance(ledger, CometSubmitter | EmbeddedLedger) else None)


def check_continues(genesis: Genesis, export: LedgerExport) -> None:
    """Raise Malformed or NotProven unless a ledger of this genesis can begin with the export."""
    first_state(genesis, export)


def predecessor_export(folder: Path) -> LedgerExport:
    """The export with which the ledger in `folder` began.

    Raises:
        NotFound: it names no predecessor.
        Malformed: the file is damaged.
    """
    return read_export(export_file(ledger_file(folder)))


def engine_folder(folder: Path) -> Path:
    """What CometBFT keeps beside the ledger's file, its socket included; there in a network alone."""
    return comet_home(ledger_file(folder))


def is_network(folder: Path) -> bool:
    """Whether the ledger in `folder` is that of a node in a network of validators."""
    return _has(comet_home(ledger_file(folder)))


def open_ledger(folder: Path, signer: Callable[[], Signer], clock: Clock) -> LedgerEngine:
    """Open the ledger in `folder` for writing: one process at a time.

    That of a network is read from its file and written through the node that another process runs; the signer of
    blocks is not asked for.

    Raises:
        FileLost: there is no ledger, or nothing in its file.
        Refused: `signer` is not the ledger's validator, or (WrongMachine) the ledger needs another machine version.
        Unavailable: another process has it open for writing.
        Corrupted: the genesis or the newest block is damaged.
    """
    with _there(folder):
        if is_network(folder):
            return CometClient(ledger_file(folder), rpc_port_in(comet_home(ledger_file(folder))))
        return EmbeddedLedger.open(ledger_file(folder), signer(), clock)


def is_followed(folder: Path) -> bool:
    """Whether the ledger in `folder` is one that is followed."""
    return _has(followed_folder(folder))


def create_followed_ledger(folder: Path, genesis: Genesis) -> None:
    """Make the files of a node that follows a ledger, in an existing folder; durable on return."""
    DiskFiles().make_folder(followed_folder(folder))
    save(DiskFiles(), followed_folder(folder) / "genesis", genesis.to_bytes())
    create_copy(ledger_file(folder), genesis)


def open_followed_ledger(
    folder: Path, trust: Trust, peers: Sequence[PeerAddress], submitter: Submitter, clock: Clock
) -> CopiedLedger:
    """Open the ledger whose files `create_followed_ledger` made, and go on copying it: one process at a time.

    Raises:
        As `open_ledger`, and as `follow_ledger`; no peer need answer.
    """
    with _there(folder):
        if not ledger_file(folder).is_file():
            raise NotFound(f"there is no ledger at {ledger_file(folder)}")
        followed = FollowedLedger(followed_folder(folder), trust, peers, submitter, clock)
        try:
            return CopiedLedger(ledger_file(folder), followed, submitter.org, clock)
        except BaseException:
            followed.close()
            raise


def open_copy(folder: Path) -> LedgerEngine:
    """As `open_reader`, of a home that follows: it gets a copy that is lost from its peers again."""
    with _there(folder, OTHERS):
        return CopyReader(ledger_file(folder))


def open_reader(folder: Path) -> LedgerEngine:
    """Open the ledger in `folder` for reading beside its writer; `broadcast` raises RuntimeError.

    `partial(open_reader, folder)` can be pickled, for worker processes.

    Raises:
        As `open_ledger`.
    """
    with _there(folder):
        if is_followed(folder):
            return CopyReader(ledger_file(folder))
        if is_network(folder):
            return CometReader(ledger_file(folder), rpc_port_in(comet_home(ledger_file(folder))))
        return EmbeddedLedger.open(ledger_file(folder), None, SystemClock())


def follow_ledger(
    folder: Path,
    trust: Trust,
    peers: Sequence[PeerAddress],
    submitter: Submitter | None,
    clock: Clock,
    connect: Callable[[PeerAddress], HttpPeer] = HttpPeer,
) -> FollowedLedger:
    """Follow the ledger of a trust file over peers; `folder` has the newest head that was proven, and is made.

    Args:
        submitter: the member that signs what this node submits; without one the ledger is only read.
        connect: how a peer is reached.

    Raises:
        Unavailable: the genesis document is not here yet, and no peer gives it.
        WrongMachine: the ledger needs another machine version.
        LedgerForked: two histories of the ledger were seen.
    """
    return FollowedLedger(folder, trust, peers, submitter, clock, connect)


def network_peers(folder: Path) -> tuple[str, ...]:
    """The ids of the nodes that the running node of a network is connected to; none of an embedded ledger.

    Raises:
        Unavailable: the node does not run.
    """
    if not is_network(folder):
        return ()
    with closing(CometRpc(rpc_port_in(comet_home(ledger_file(folder))))) as rpc:
        return rpc.peers()


def audit_node_files(folder: Path, ledger: LedgerEngine) -> Iterator[FileSeen]:
    """Each file in `folder` beside the file of the ledger of a network's node; none of any other ledger."""
    if is_network(folder):
        yield from audit_home_files(ledger_file(folder), ledger.genesis, lambda height: ledger.block(height).app_hash)


def node_key_in(path: Path) -> bytes:
    """The seed of the node key in a file of CometBFT; raises Malformed, or NotFound."""
    return seed_in(path)


def own_node_id(folder: Path) -> str:
    """The id of the network's node whose ledger is in `folder`, by which its peers know it."""
    return node_keys_in(comet_home(ledger_file(folder))).node_id


def is_socket_of_node(path: Path) -> bool:
    """Whether the path is that of the socket on which CometBFT reaches its node: it is no file, and may be there."""
    return path.parent.name == "comet" and path == app_socket(path.parents[1] / "ledger.db")


def audit_ledger(folder: Path, progress: Callable[[int, int], None] | None = None) -> LedgerAudit:
    """Check every row of the ledger in `folder`, which may be in use.

    Args:
        folder: the ledger's folder.
        progress: called with (height, newest height).

    Raises:
        FileLost: there is no ledger, or nothing in its file.
        WrongMachine: the ledger needs another version of this program.
    """
    file = ledger_file(folder)
    with _there(folder):
        if is_followed(folder):
            return audit_copy(file)
        return audit_comet(file, progress) if is_network(folder) else audit(file, progress)


def followed_folder(folder: Path) -> Path:
    """Where a follower keeps the genesis document and the newest head that it has proven."""
    return folder / "followed"


def _has(inside: Path) -> bool:
    """Whether a ledger's folder has this one; if it may not be entered, no file of it opens, which says so."""
    try:
        return inside.is_dir()
    except PermissionError:
        return False


OTHERS = "the other nodes, by `veriwatt ledger refetch` (docs/operations/network.md)"
"""From where a ledger comes back that others have too."""


@contextmanager
def _there(folder: Path, put_back_from: str = FileLost.FROM) -> Iterator[None]:
    """Tell of a ledger that is gone that it was there: a home is made with its ledger, or not at all."""
    try:
        yield
    except NotFound as error:
        file = ledger_file(folder)
        raise FileLost(str(file), empty=file.exists(), put_back_from=put_back_from) from error
