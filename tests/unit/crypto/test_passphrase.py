from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keyring.backend
import pytest

from veriwatt.crypto.passphrase import find_passphrase, system_keyring
from veriwatt.errors import BadInput


def read(path: str) -> bytes:
    return Path(path).read_bytes()


def nothing() -> str | None:
    return None


def must_not_be_asked() -> str | None:
    raise AssertionError("a later source was asked")


@pytest.fixture
def place(tmp_path: Path) -> Callable[[str, bytes], str]:
    """Writes a file that only its owner may read."""

    def make(name: str, content: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content)
        path.chmod(0o600)
        return str(path)

    return make


@pytest.mark.parametrize(
    ("content", "passphrase"),
    [(b"open sesame\n", b"open sesame"), (b"open\r\n", b"open"), (b"two\n\n", b"two\n"), (b" kept \t", b" kept \t")],
)
def test_one_newline_at_the_end_is_not_part_of_it(
    content: bytes, passphrase: bytes, place: Callable[[str, bytes], str]
) -> None:
    environ = {"VERIWATT_PASSPHRASE_FILE": place("p", content)}
    assert find_passphrase(environ, read, ask_keyring=must_not_be_asked) == passphrase


def test_the_named_file_comes_before_the_credential(place: Callable[[str, bytes], str], tmp_path: Path) -> None:
    place("veriwatt-passphrase", b"credential")
    environ = {"VERIWATT_PASSPHRASE_FILE": place("p", b"file"), "CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert find_passphrase(environ, read, ask_keyring=must_not_be_asked) == b"file"


def test_the_credential_comes_before_the_key_ring(place: Callable[[str, bytes], str], tmp_path: Path) -> None:
    place("veriwatt-passphrase", b"credential\n")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert find_passphrase(environ, read, ask_keyring=must_not_be_asked) == b"credential"


def test_a_unit_with_other_credentials_falls_back_to_the_key_ring(tmp_path: Path) -> None:
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert find_passphrase(environ, read, ask_keyring=lambda: "from the ring") == b"from the ring"


def test_without_any_source_there_is_none() -> None:
    assert find_passphrase({}, read, ask_keyring=nothing) is None


def test_a_named_file_that_is_missing_is_an_error_and_no_fallback(tmp_path: Path) -> None:
    environ = {"VERIWATT_PASSPHRASE_FILE": str(tmp_path / "gone")}
    with pytest.raises(BadInput, match=r"VERIWATT_PASSPHRASE_FILE: there is no such file .*gone"):
        find_passphrase(environ, read, ask_keyring=must_not_be_asked)


def test_an_unreadable_file_is_an_error_that_says_why(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        find_passphrase({"VERIWATT_PASSPHRASE_FILE": str(tmp_path)}, read, mode=lambda _: 0o600)


def test_an_unreadable_credential_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "veriwatt-passphrase").mkdir()
    with pytest.raises(BadInput, match="systemd credential"):
        find_passphrase({"CREDENTIALS_DIRECTORY": str(tmp_path)}, read, ask_keyring=must_not_be_asked)


@pytest.mark.parametrize("mode", [0o604, 0o606, 0o644])
def test_a_file_that_everyone_may_open_is_refused_with_the_remedy(
    mode: int, place: Callable[[str, bytes], str]
) -> None:
    path = place("p", b"secret words")
    Path(path).chmod(mode)
    with pytest.raises(BadInput, match="chmod 600") as refused:
        find_passphrase({"VERIWATT_PASSPHRASE_FILE": path}, read)
    assert "secret words" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n"])
def test_an_empty_passphrase_is_refused(content: bytes, place: Callable[[str, bytes], str]) -> None:
    with pytest.raises(BadInput, match="empty"):
        find_passphrase({"VERIWATT_PASSPHRASE_FILE": place("p", content)}, read)


def test_a_too_long_passphrase_is_refused(place: Callable[[str, bytes], str]) -> None:
    with pytest.raises(BadInput, match="longer"):
        find_passphrase({"VERIWATT_PASSPHRASE_FILE": place("p", b"x" * 5000)}, read)


class AskingBackend(keyring.backend.KeyringBackend):
    """A back end of an unknown system: it may prompt the user."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        raise AssertionError("asked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise AssertionError("written to")


def test_a_key_ring_that_would_ask_a_person_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"{__name__}.AskingBackend")
    assert system_keyring() is None


def test_the_key_ring_is_asked_without_running_another_program() -> None:
    audited = "sys.addaudithook(lambda event, _: print(event) if event == 'subprocess.Popen' else None)"
    asking = f"import sys; from veriwatt.crypto.passphrase import system_keyring; {audited}; system_keyring()"
    done = subprocess.run([sys.executable, "-c", asking], capture_output=True, text=True, check=True)
    assert not done.stdout
