"""The words of the pages: one catalogue a language, every key in each of them.

What the product itself writes in English (why something failed, caveats) comes with a code and values; `messages`
has the same sentences in the other languages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from veriwatt.energy.factors import energy_types

LANGUAGES = {"en": "English", "zh": "简体中文"}
DEFAULT = "en"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Key to text in a language of `LANGUAGES`; `{name}` stands for a value. Names of energies included."""
    words: dict[str, str] = json.loads(_read(f"locale/{language}.json"))
    return words | {f"energy.{each.code}": getattr(each, language) for each in energy_types()}


@cache
def messages(language: str) -> Mapping[str, Mapping[str, str]]:
    """Sentences for `errors` and `caveats` by their code, and names of `parts` by the English one.

    Empty for English: these come with an English text of their own.
    """
    if language == DEFAULT:
        return {}
    sentences: dict[str, dict[str, str]] = json.loads(_read(f"locale/messages.{language}.json"))
    return sentences


def choose(asked: str | None, stored: str | None, accepted: str) -> str:
    """The language asked for, else the cookie's, else the first one that the browser accepts, else English."""
    for language in (asked, stored):
        if language in LANGUAGES:
            return language
    for part in accepted.split(","):
        code = part.partition(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code
    return DEFAULT


def text(words: Mapping[str, str], key: str, **values: Any) -> str:
    """The words of a key; a missing key is a bug."""
    return words[key].format(**values) if values else words[key]


def _read(name: str) -> str:
    return (files("veriwatt.web") / name).read_text(encoding="utf-8")
