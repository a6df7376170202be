"""Find the passphrase of a key store without a prompt.

The sources, in this order: the file named by VERIWATT_PASSPHRASE_FILE; the systemd credential `veriwatt-passphrase`;
the operating system's key ring (service `veriwatt`, user `passphrase`). The first source that is set is used: if it is
unusable, that is an error, and later sources are not tried.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from itertools import pairwise
from pathlib import Path

from veriwatt.errors import BadInput

FILE_VARIABLE = "VERIWATT_PASSPHRASE_FILE"
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
CREDENTIAL = "veriwatt-passphrase"
MAX_LENGTH = 4096
LEAST = 10
"""Characters of a new passphrase that count (`check_strength`)."""

_BACKENDS = {"darwin": "keyring.backends.macOS.Keyring", "win32": "keyring.backends.Windows.WinVaultKeyring"}
"""The key rings that give a passphrase without a prompt, by system."""

_FREEDESKTOP = "keyring.backends.SecretService.Keyring"
"""The key ring of every other system, which is asked while it is unlocked."""

_OTHERS = 0o007


def find_passphrase(
    environ: Mapping[str, str],
    read: Callable[[str], bytes],
    mode: Callable[[str], int] = lambda path: Path(path).stat().st_mode,
    ask_keyring: Callable[[], str | None] | None = None,
) -> bytes | None:
    """The passphrase without its final newline; None if no source is set.

    Args:
        environ: the environment variables.
        read: returns the bytes of a file; raises OSError.
        mode: returns the permission bits of a file.
        ask_keyring: returns the key ring's passphrase; by default `system_keyring`.

    Raises:
        BadInput: the source is missing, unreadable, readable by everyone, empty or too long.
    """
    if path := environ.get(FILE_VARIABLE):
        return _from_file(path, FILE_VARIABLE, read, mode)
    if directory := environ.get(CREDENTIALS_VARIABLE):
        try:
            return _checked(read(f"{directory}/{CREDENTIAL}"), f"systemd credential {CREDENTIAL}")
        except FileNotFoundError:
            pass  # a unit may have other credentials only
        except OSError as error:
            raise _unreadable(f"systemd credential {CREDENTIAL}", directory, error) from error
    passphrase = (ask_keyring or system_keyring)()
    return None if passphrase is None else _checked(passphrase.encode(), "key ring, service veriwatt")


def check_strength(passphrase: bytes) -> None:
    """Refuse a new passphrase that somebody with a copy of the key store would soon guess.

    What counts is the characters that neither follow from the one before (as in "1234" or "aaaa") nor were met twice
    already: `LEAST` of them. Passphrases in use are not checked: they must go on opening what they sealed.

    Raises:
        BadInput: it is too short or too regular.
    """
    text = passphrase.decode("utf-8", "surrogateescape").casefold()
    steps = [0, *(ord(b) - ord(a) for a, b in pairwise(text))]
    seen, counted = Counter[str](), 0
    for character, step in zip(text, steps, strict=False):
        counted += seen[character] < 2 and (abs(step) > 1 or not seen)
        seen[character] += 1
    if counted < LEAST:
        why = f"the passphrase is easily guessed: {counted} of its characters count, and {LEAST} must"
        remedy = "take four random words, or: openssl rand -base64 24"
        raise BadInput(where="passphrase", value=None, why=why, remedy=remedy)


def system_keyring() -> str | None:
    """The passphrase in the operating system's key ring; None if it has none or would prompt.

    The key ring that its user chose for the `keyring` package is asked, else the one of this system alone: a search for
    all of them would load those of other systems, which look for their libraries with a compiler.
    """
    from keyring import core  # slow, and of no use to who names a file
    from keyring.errors import KeyringError

    try:
        own = _BACKENDS.get(sys.platform, _FREEDESKTOP)
        chosen = core.load_env() or core.load_config() or core.load_keyring(own)
        for backend in getattr(chosen, "backends", [chosen]):
            if _name(backend) in _BACKENDS.values() or _is_open_secret_service(backend):
                passphrase = backend.get_password("veriwatt", "passphrase")
                return passphrase if isinstance(passphrase, str) else None
    except (KeyringError, RuntimeError, OSError):
        return None
    return None


def _from_file(path: str, where: str, read: Callable[[str], bytes], mode: Callable[[str], int]) -> bytes:
    try:
        permissions, raw = mode(path), read(path)
    except OSError as error:
        raise _unreadable(where, path, error) from error
    if permissions & _OTHERS:
        remedy = f"run: chmod 600 {path}"
        raise BadInput(where=where, value=path, why="everyone on this machine may open the file", remedy=remedy)
    return _checked(raw, f"{where} {path}")


def _checked(raw: bytes, where: str) -> bytes:
    passphrase = raw.removesuffix(b"\n").removesuffix(b"\r")
    if not passphrase:
        raise BadInput(where=where, value=None, why="the passphrase is empty", remedy="write one line of text into it")
    if len(passphrase) > MAX_LENGTH:
        raise BadInput(where=where, value=len(raw), why=f"the passphrase is longer than {MAX_LENGTH} bytes")
    return passphrase


def _unreadable(where: str, path: str, error: OSError) -> BadInput:
    why = "there is no such file" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
    return BadInput(where=where, value=path, why=why, remedy="let it name a file that this user may read")


def _is_open_secret_service(backend: object) -> bool:
    """Whether this is a Secret Service whose default collection exists and is unlocked; any other would prompt."""
    if _name(backend) != _FREEDESKTOP:
        return False
    import secretstorage

    try:
        with closing(secretstorage.dbus_init()) as bus:
            return not secretstorage.get_collection_by_alias(bus, "default").is_locked()
    except secretstorage.SecretStorageException:
        return False


def _name(backend: object) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"
