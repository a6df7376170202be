"""Signing keys are opened by URI: what a key store names in a token signs as what lies in the store itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.served_home import MAPPING, POINT
from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.bridges.files.read_file import read_file
from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signers.by_uri import open_signer
from veriwatt.crypto.signing import Protection
from veriwatt.errors import BadInput, NotFound
from veriwatt.fsck.run import run_fsck
from veriwatt.home.key_store_file import open_key_store
from veriwatt.home.owner_keys import OwnerKeys
from veriwatt.home.paths import HomePaths
from veriwatt.machine.terminals.queries import present_passport
from veriwatt.model.keys.key_store import SIGNER_URI, SIGNING, UNPROTECTED, KeyStore, Lock, LockKind
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.system.clock import SystemClock
from veriwatt.terminal.enrolment.keyring import SIGNING_KEY, Keyring
from veriwatt.testing.actors import sim_key
from veriwatt.testing.es256 import Es256Signer, es256_registered
from veriwatt.testing.token import token

URI = b"memory:plant-token"
IN_TOKEN = Es256Signer(sha256(b"in a token"), Protection.TPM)


def no_save(store: KeyStore) -> None:
    """Nothing is stored."""


def test_the_scheme_selects_the_opener_of_the_key() -> None:
    with token({"a": IN_TOKEN}):
        assert open_signer("memory:a", sim_key) is IN_TOKEN
        assert open_signer("file:member/acme/ann", sim_key).public == sim_key("member/acme/ann").public
        with pytest.raises(NotFound):
            open_signer("memory:b", sim_key)


def test_an_unknown_scheme_is_refused_and_the_error_lists_the_others() -> None:
    with pytest.raises(BadInput, match="file:"):
        open_signer("tpm:handle=0x81000001", sim_key)


def test_a_homes_key_may_live_in_a_token() -> None:
    store = KeyStore("works").with_secret("member/works/owner", SIGNER_URI, URI)
    with token({"plant-token": IN_TOKEN}):
        assert OwnerKeys(store, no_save, os.urandom).member("works", "owner") is IN_TOKEN


def test_a_terminals_key_may_live_in_a_token() -> None:
    store = KeyStore("t1").with_secret(SIGNING_KEY, SIGNER_URI, URI)
    with token({"plant-token": IN_TOKEN}):
        assert Keyring(store, no_save).signer is IN_TOKEN


@pytest.mark.parametrize(
    ("lock", "protection"),
    [(UNPROTECTED, Protection.UNPROTECTED), (Lock(LockKind.PASSPHRASE, b"secret"), Protection.FILE)],
)
def test_a_seed_in_a_key_store_is_protected_as_the_store_is(lock: Lock, protection: Protection) -> None:
    store = KeyStore("works", (), lock.kind).with_secret("consensus", SIGNING, bytes(32))
    assert OwnerKeys(store, no_save, os.urandom).consensus().protection is protection


def test_a_passport_states_the_protection_of_the_token_that_signs(tmp_path: Path) -> None:
    root, paths = tmp_path / "home", HomePaths(tmp_path / "home")
    init_home(root, "works", unprotected=True)
    store, save = open_key_store(paths.keystore, "")
    save(store.with_secret("terminal/works/software", SIGNER_URI, URI))
    with es256_registered(), token({"plant-token": IN_TOKEN}):
        source, mapping = tmp_path / "works.csv", tmp_path / "mapping.toml"
        source.write_text("time,total\n2026-09-01 00:00,1.5\n2026-09-01 00:15,2.5\n")
        mapping.write_text(MAPPING + POINT.format(column="total", energy="electricity", unit="kWh"))
        with Home(root) as home:
            home.readings_import().run(
                read_file(source, load_mapping(mapping), now=home.clock.now()), on_progress=lambda _: None
            )
            newest = present_passport(home.ledger, "works", "software").newest_key
            assert (newest.key, newest.protection) == (IN_TOKEN.public, Protection.TPM)
            assert home.view().versions("works", "works.total", 1_788_192_000_000) == [0]
        assert run_fsck(paths, None, SystemClock(), lambda *_: None).problems == ()
