"""Credentials of S3 come from a file or the environment; no error shows a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from veriwatt.errors import BadInput, NotFound
from veriwatt.store.s3.bucket import Credentials, load_credentials
from veriwatt.system.special_files import NotAFile

SECRET = "wJalrXUtnFEMI"
WHOLE = f"[default]\naws_access_key_id = AKIA\naws_secret_access_key = {SECRET}\n"


def test_a_file_gives_them(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text(WHOLE + "aws_session_token = tok%en\n[other]\naws_access_key_id = B\n")
    assert load_credentials(file, {"AWS_ACCESS_KEY_ID": "not asked"}) == Credentials("AKIA", SECRET, "tok%en")


def test_the_environment_gives_them_where_no_file_is_named() -> None:
    environment = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": SECRET}
    assert load_credentials(None, environment) == Credentials("AKIA", SECRET)


def test_their_text_holds_no_secret() -> None:
    assert SECRET not in repr(Credentials("AKIA", SECRET, SECRET))


@pytest.mark.parametrize(
    "text",
    [
        "",
        SECRET,
        WHOLE.replace("[default]", ""),
        WHOLE.replace("[default]", "[other]"),
        WHOLE.replace("_access_key_id", ""),
        WHOLE.replace("= AKIA", "="),
        WHOLE + f"aws_secret_access_key = {SECRET}",
        f"[default]\n{SECRET}\n",
        WHOLE + "\xff",
        WHOLE + "[default]",
    ],
)
def test_a_file_without_them_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    file = tmp_path / "credentials"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(BadInput) as raised:
        load_credentials(file, {})
    assert str(file) in str(raised.value)
    shown = [repr(each) + str(each) for each in (raised.value, raised.value.__cause__)]
    assert not any(SECRET in each for each in shown)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_no_file_and_no_environment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        load_credentials(None, {})
    with pytest.raises((BadInput, NotFound)):
        load_credentials(tmp_path / "none", {})
    with pytest.raises(NotAFile):
        load_credentials(tmp_path, {})
