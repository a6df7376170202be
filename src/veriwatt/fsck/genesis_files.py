"""The checks of the files that `veriwatt init` makes: format, settings, genesis, trust file and key store."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import BadInput, Corrupted, Malformed, NotFound, Unavailable, VeriwattError, WrongFormat
from veriwatt.fsck.reach import may_exist
from veriwatt.fsck.report import Findings
from veriwatt.home.home_format import NODE, check_home_format
from veriwatt.home.own_tables import read_own_tables
from veriwatt.home.paths import HomePaths
from veriwatt.home.settings import load_settings
from veriwatt.ids import Digest
from veriwatt.ledger.open_ledger import ledger_file
from veriwatt.machine.anchors import queries as anchor_queries
from veriwatt.machine.key_registry import is_validator_key
from veriwatt.machine.members import queries as member_queries
from veriwatt.machine.terminals import queries as terminal_queries
from veriwatt.model.chain.anchor import RootLogLeaf
from veriwatt.model.evidence.trust_file import Trust, parse_trust
from veriwatt.model.keys.key_store import SIGNER_URI, SIGNING, KeyStore
from veriwatt.model.keys.key_store_errors import KeyStoreLocked, SecretNotFound
from veriwatt.model.ledger.block import header_hash
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.ports.ledger import Ledger
from veriwatt.system.files import DiskFiles


def check_format(paths: HomePaths, findings: Findings) -> bool:
    """Whether the home has this program's format; checks every byte of the format file."""
    findings.vouch(paths.format)
    if not may_exist(paths.format):
        findings.problem(paths.format, "the file is missing")
    try:
        check_home_format(paths.root, NODE)
    except WrongFormat as error:
        findings.problem(paths.format, str(error))
        return False
    except (Corrupted, Unavailable) as error:
        findings.failed(paths.format, error)
    return True


def check_settings(paths: HomePaths, findings: Findings) -> None:
    """Check that a node can start by the settings; nothing says what else they were."""
    if _read(paths.settings, findings) is None:
        return
    try:
        settings = load_settings(paths.settings)
        read_own_tables([paths.root / name for name in settings.factors])
    except VeriwattError as error:
        findings.failed(paths.settings, error)


def check_settings_org(paths: HomePaths, orgs: Sequence[str], findings: Findings) -> None:
    """Check that the org of the settings is one whose data chain is kept here; unreadable settings are named before."""
    org = stated_org(paths)
    if org and org not in orgs:
        found = ", ".join(map(repr, orgs)) or "none"
        findings.problem(paths.settings, f"it names org {org!r}, which has no data chain here; those are {found}")


def stated_org(paths: HomePaths) -> str:
    """The org of the settings; empty where they cannot be read."""
    try:
        return load_settings(paths.settings).org
    except VeriwattError:
        return ""


def check_genesis(paths: HomePaths, genesis_hash: Digest, findings: Findings) -> None:
    """Check every byte: the file's hash must be the ledger's genesis hash."""
    findings.vouch(paths.genesis)
    raw = _read(paths.genesis, findings)
    if raw is not None and sha256(raw) != genesis_hash:
        findings.problem(paths.genesis, "it is not the genesis of this home's ledger")


def check_trust(paths: HomePaths, ledger: Ledger, findings: Findings) -> None:
    """Check every byte: the file must be the one rendering of its content, and the content agree with the ledger."""
    findings.vouch(paths.trust)
    raw = _read(paths.trust, findings)
    if raw is None:
        return
    try:
        trust = parse_trust(raw, "trust file")
    except Malformed as error:
        findings.problem(paths.trust, str(error))
        return
    try:
        _check_checkpoint(trust, ledger, paths, findings)
    except Unavailable as error:
        findings.not_compared(paths.trust, str(error))
    except NotFound:
        what = f"the ledger ends before block {trust.header.height}, the checkpoint of the trust file"
        findings.problem(ledger_file(paths.ledger), what, "blocks")
    except VeriwattError as error:
        findings.problem(paths.trust, str(error))


def open_key_store(paths: HomePaths, passphrase: bytes | None, findings: Findings) -> KeyStore | None:
    """The home's keys; None when the key store cannot be opened. Opening authenticates every byte."""
    raw = _read(paths.keystore, findings)
    if raw is None:
        return None
    try:
        store = KeyStore.open(raw, passphrase)
    except KeyStoreLocked:
        why = "it is sealed, and no passphrase is set: VERIWATT_PASSPHRASE_FILE names one; no sealed group was opened"
        findings.not_compared(paths.keystore, why)
        return None
    except VeriwattError as error:
        findings.problem(paths.keystore, f"{error}; a byte has changed, or the passphrase is another one")
        return None
    findings.vouch(paths.keystore)
    return store


def check_keys(paths: HomePaths, store: KeyStore, ledger: Ledger, findings: Findings) -> None:
    """Check that each signing key is the one registered on the ledger for its purpose and name."""
    for entry in store.entries:
        kind, *names = entry.name.split("/")
        try:
            registered = _registered(kind, names, ledger) if entry.purpose in {SIGNING, SIGNER_URI} else None
            if kind == "consensus" and is_validator_key(ledger, store.signer(entry.name).public):
                continue  # of this ledger, or of one that it continues
            if registered is not None and store.signer(entry.name).public.key_id != registered:
                findings.problem(paths.keystore, f"{entry.name} is not the key that the ledger has for it")
        except (SecretNotFound, NotFound, BadInput, Unavailable) as error:
            findings.problem(paths.keystore, str(error))


def _registered(kind: str, names: list[str], ledger: Ledger) -> Digest | None:
    """The id of the key on the ledger; None where none is registered yet."""
    match kind, names:
        case "consensus", []:
            return ledger.genesis.validators[0].key.key_id
        case "member", [org, name]:
            member = member_queries.member(ledger, org, name)
            return None if member is None else member.key.key_id
        case "log", [org]:
            key = anchor_queries.log_key(ledger, org)
            return None if key is None else key.key_id
        case "terminal", [org, name]:
            found = terminal_queries.passport(ledger, org, name)
            return None if found is None else found.newest_key.key.key_id
    return None


def _check_checkpoint(trust: Trust, ledger: Ledger, paths: HomePaths, findings: Findings) -> None:
    if (trust.chain_id, trust.genesis_hash) != (ledger.chain_id, ledger.genesis.genesis_hash):
        findings.problem(paths.trust, f"it names ledger {trust.chain_id}, this home's is {ledger.chain_id}")
        return
    height = trust.header.height
    if _header_hash_at(ledger, height) != header_hash(trust.header):  # which has the hash of the validators
        findings.problem(paths.trust, f"its checkpoint is not block {height} of the ledger")
    with ledger.snapshot() as now:
        leaves = map(RootLogLeaf.from_bytes, now.log_leaves(ROOT_LOG))
        size = sum(1 for _ in takewhile(lambda leaf: leaf.height < height, leaves))
    if size != trust.root_log_size:
        findings.problem(paths.trust, f"the root log had not {trust.root_log_size} leaves at block {height}")
    if trust.machine_version != ledger.genesis.machine_version:
        findings.problem(paths.trust, f"machine version {trust.machine_version} is not the genesis's")


def _header_hash_at(ledger: Ledger, height: int) -> Digest:
    """That of the light block, or where this cannot be had any more, or now, of the block that was executed."""
    try:
        return header_hash(ledger.light_block(height).header)
    except (NotFound, Unavailable):
        return ledger.block(height).hash


def _read(path: Path, findings: Findings) -> bytes | None:
    try:
        return DiskFiles().read(path)
    except NotFound:
        findings.problem(path, "the file is missing")
    except VeriwattError as error:
        findings.failed(path, error)
    return None
