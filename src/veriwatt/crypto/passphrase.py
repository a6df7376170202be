"""Finding the passphrase of a key store without a prompt.

In this order: the file that VERIWATT_PASSPHRASE_FILE names; the systemd credential `veriwatt-passphrase`;
the operating system's key ring (service `veriwatt`, user `passphrase`). The first that is set decides: if it
is broken, the answer is an error, never the next source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from veriwatt.errors import BadInput

FILE_VARIABLE = "VERIWATT_PASSPHRASE_FILE"
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
CREDENTIAL = "veriwatt-passphrase"
MAX_LENGTH = 4096

_SILENT_BACKENDS = ("keyring.backends.macOS", "keyring.backends.Windows")
_OTHERS = 0o007


def find_passphrase(
    environ: Mapping[str, str],
    read: Callable[[str], bytes],
    mode: Callable[[str], int] = lambda path: Path(path).stat().st_mode,
    ask_keyring: Callable[[], str | None] | None = None,
) -> bytes | None:
    """The passphrase, without one newline at its end, or None when no source is set.

    Args:
        environ: the environment variables.
        read: the bytes of a file, raising OSError as the system does.
        mode: the permission bits of a file.
        ask_keyring: asks the key ring; by default `system_keyring`.

    Raises:
        BadInput: the source that is set is missing, unreadable, open to everyone, empty or too long.
    """
    if path := environ.get(FILE_VARIABLE):
        return _from_file(path, FILE_VARIABLE, read, mode)
    if directory := environ.get(CREDENTIALS_VARIABLE):
        try:
            return _checked(read(f"{directory}/{CREDENTIAL}"), f"systemd credential {CREDENTIAL}")
        except FileNotFoundError:
            pass  # a unit may have other credentials and none of ours
        except OSError as error:
            raise _unreadable(f"systemd credential {CREDENTIAL}", directory, error) from error
    found = (ask_keyring or system_keyring)()
    return None if found is None else _checked(found.encode(), "key ring, service veriwatt")


def system_keyring() -> str | None:
    """The passphrase in the operating system's key ring; None without one, and where the key ring would prompt."""
    import keyring  # looks for back ends when imported, which most commands need not wait for
    from keyring.errors import KeyringError

    try:
        chosen = keyring.get_keyring()
        for backend in getattr(chosen, "backends", [chosen]):
            if type(backend).__module__ in _SILENT_BACKENDS or _is_open_secret_service(backend):
                found = backend.get_password("veriwatt", "passphrase")
                return found if isinstance(found, str) else None
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
    """Whether this is a Secret Service whose default collection exists and is unlocked; else it would prompt."""
    if type(backend).__module__ != "keyring.backends.SecretService":
        return False
    import secretstorage

    try:
        with closing(secretstorage.dbus_init()) as bus:
            return not secretstorage.get_collection_by_alias(bus, "default").is_locked()
    except secretstorage.SecretStorageException:
        return False
