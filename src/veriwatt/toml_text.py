"""TOML texts from outside, parsed: every fault of one is Malformed."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

from veriwatt.errors import Malformed

_LARGEST = 1 << 63


def toml_values(text: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The values of a TOML text; its integers have 64 bits, as TOML has them.

    Raises:
        Malformed: `text` is not TOML, nests too deeply, or has a longer integer.
    """
    try:
        values = tomllib.loads(text, parse_float=parse_float)
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"is not TOML: {error}") from error
    except RecursionError:
        raise Malformed("nests too deeply") from None
    except ValueError:  # the interpreter reads no integer of more than 4,300 digits
        raise Malformed("has an integer of more than 64 bits") from None
    if not _is_short(values):
        raise Malformed("has an integer of more than 64 bits")
    return values


def _is_short(value: object) -> bool:
    match value:
        case dict():
            return all(map(_is_short, value.values()))
        case list():
            return all(map(_is_short, value))
        case int():
            return -_LARGEST <= value < _LARGEST
    return True
