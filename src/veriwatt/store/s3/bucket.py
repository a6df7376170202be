"""Where an org's objects lie in S3, and the credentials for it."""

from __future__ import annotations

import configparser
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from veriwatt.errors import BadInput, Malformed
from veriwatt.system.loopback import is_loopback
from veriwatt.system.special_files import check_regular

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"([A-Za-z0-9._-]{1,64}/){0,8}")
_REGION = re.compile(r"[a-z0-9-]{1,32}")

KEY, SECRET, TOKEN = "aws_access_key_id", "aws_secret_access_key", "aws_session_token"
"""The names in a file of credentials; in the environment they are in capitals."""

MAX_FILE = 64 << 10


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket of a server that speaks S3, and the prefix of the org's objects in it.

    `endpoint` is `https://HOST[:PORT]`, on loopback also with http: requests are signed, yet who sees them learns ids.
    """

    name: str
    endpoint: str
    prefix: str = ""
    region: str = "us-east-1"

    def __post_init__(self) -> None:
        if not _BUCKET.fullmatch(self.name):
            raise Malformed(f"{self.name[:80]!r} is no bucket: 3 to 63 of a-z 0-9 . -, a letter or digit at both ends")
        if not _PREFIX.fullmatch(self.prefix) or {".", ".."} & set(self.prefix.split("/")):
            raise Malformed(
                f"{self.prefix[:80]!r} is no prefix: up to 8 parts of A-Z a-z 0-9 . _ -, each with a / after it"
            )
        if not _REGION.fullmatch(self.region):
            raise Malformed(f"{self.region[:80]!r} is no region of S3")
        _check_endpoint(self.endpoint)

    def __str__(self) -> str:
        return f"s3://{self.name}/{self.prefix} at {self.endpoint}"


def _check_endpoint(text: str) -> None:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError:
        raise Malformed(f"{text[:80]!r} is no address of the form https://HOST:PORT") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or text != f"{parts.scheme}://{parts.netloc}":
        raise Malformed(f"{text[:80]!r} is no address of the form https://HOST:PORT")
    if "@" in parts.netloc:
        raise Malformed("the address of a bucket holds no credentials: name a file of them")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise Malformed(f"{text[:80]!r}: plain http is for loopback alone")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs requests to S3. The secrets are not in its `repr`; nothing writes them to a log."""

    key: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


def load_credentials(path: Path | None, environment: Mapping[str, str]) -> Credentials:
    """The credentials in the file, section `[default]`, or without a file those in the environment.

    Raises:
        BadInput: there are none. The message holds nothing of the file.
        NotAFile: the path is of something else than a file.
    """
    if path is None:
        return _credentials({name: environment.get(name.upper(), "") for name in (KEY, SECRET, TOKEN)}, "environment")
    check_regular(path)
    parser = configparser.RawConfigParser()
    try:
        with path.open("rb") as file:
            parser.read_string(file.read(MAX_FILE).decode())
        return _credentials(dict(parser["default"]), str(path))
    except OSError as error:
        raise BadInput(where=str(path), value=None, why=f"cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, configparser.Error, KeyError):  # their texts repeat lines of the file
        why = "is no file of credentials"
        raise BadInput(
            where=str(path), value=None, why=why, remedy=f"write [default], {KEY} = …, {SECRET} = …"
        ) from None


def _credentials(values: Mapping[str, str], where: str) -> Credentials:
    key, secret = values.get(KEY, ""), values.get(SECRET, "")
    if not key or not secret:
        names = (KEY, SECRET) if where != "environment" else (KEY.upper(), SECRET.upper())
        missing = " and ".join(name for name, value in zip(names, (key, secret), strict=True) if not value)
        raise BadInput(where=where, value=None, why=f"has no {missing}", remedy="give the bucket's credentials there")
    return Credentials(key, secret, values.get(TOKEN, ""))
