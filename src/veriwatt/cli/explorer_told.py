"""The explorer's answers on a console; its words are those of the pages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from veriwatt.counted import counted
from veriwatt.web.words import DEFAULT, catalogue, text

Told = Mapping[str, Any]

_RAW = 64
"""Hexadecimal digits a line."""


def status_text(told: Told) -> str:
    """The state in a line each, then the alarms."""
    due, orgs = told["upgrade"], told["orgs"]
    chains = ", ".join(f"{o['org']}: {o['anchored']:,} of {o['frames']:,} frames anchored" for o in orgs)
    planned = "none" if due is None else f"to machine version {due['machine_version']} from block {due['height']:,} on"
    lines = {
        **{name: told[name] for name in ("chain_id", "operator", "machine_version")},
        "upgrade": planned,
        **{name: told[name] for name in ("height", "time", "app_hash", "root_log_size")},
        "rate": rate_text(told["rate"]),
        "validators": f"{len(told['validators'])}, power {told['total_power']}",
        "orgs": chains,
    }
    return "\n".join([*(f"{name:16} {value}" for name, value in lines.items()), *alarm_lines(told["alarms"])])


def rate_text(rate: Told) -> str:
    """How many transactions the newest blocks had."""
    over = f"{counted(rate['transactions'], 'transaction', 'transactions')} in the newest {rate['blocks']:,} blocks"
    return f"{over}, {rate['per_minute']} a minute since {rate['since']}"


def alarm_lines(alarms: Iterable[Told]) -> list[str]:
    """Each alarm in the pages' words."""
    words = catalogue(DEFAULT)
    return [f"{'ALARM':16} {text(words, 'alarm.' + each['code'], **each['values'])}" for each in alarms]


def validators_text(told: Told) -> str:
    """A line for each validator, then one for each misbehaviour."""
    lines = [
        f"{each['address']}  {each['org']}{', ' if each['org'] else ''}power {each['power']} of {told['total_power']}, "
        f"signed {each['signed']} of the {each['of']} blocks before the newest"
        f"{', missing' if each['missing'] else ''}{', misbehaved' if each['misbehaved'] else ''}"
        for each in told["validators"]
    ]
    return "\n".join([*lines, *map(_misbehaviour_line, told["misbehaviour"])])


def _misbehaviour_line(each: Told) -> str:
    who = " ".join(part for part in (each["org"], "key", each["public_key"] or "not known") if part)
    share = f"power {each['power']} of {each['total_power']}"
    return (
        f"{'MISBEHAVIOUR':16} {each['kind']} of {each['address']}, {who}, with {share} at block {each['height']:,} "
        f"of {each['time']}; proven in block {each['recorded_height']:,}"
    )


def block_text(told: Told) -> str:
    """The block's fields, its items, and the check if there was one."""
    names = ("height", "time", "hash", "before", "app_hash", "data_hash", "validators_hash", "proposer")
    lines = [f"{name:16} {told[name]}" for name in names if told[name] is not None]
    so_far = ", so far, as this node has it" if told["newest"] else ""
    lines.append(f"{'signed':16} power {told['signed_power']} of {told['total_power']}{so_far}, {told['operator']}")
    for item in told["items"]:
        lines += _item_lines(item)
    if not told["items"]:
        lines.append(f"{'transactions':16} none")
    return "\n".join([*lines, *check_lines(told)])


def transaction_text(told: Told) -> str:
    """The transaction's fields, its body and bytes, and the check if there was one."""
    by = f"{told['org']}/{told['member']}"
    lines = [f"{'digest':16} {told['digest']}", f"{'kind':16} {told['kind']}", f"{'by':16} {by}"]
    lines += [f"{'block':16} {told['height']}, {told['time']}, item {told['item']}"]
    lines += [f"{'bundle':16} {told['bundle']}, of {told['relay']}"] if told["bundle"] else []
    lines += [f"{'result':16} {told['result']}", f"{'valid until':16} block {told['expiry']}"]
    for each in told["transactions"] or ():
        lines.append(f"  {each['place']:>3}  {_line(each)}{_before(each)}")
    if told["body"] is not None:
        lines += ["body", json.dumps(told["body"], ensure_ascii=False, indent=1)]
    raw = told["raw"]
    lines += [f"{'bytes':16} {told['bytes']:,}", *(raw[at : at + _RAW] for at in range(0, len(raw), _RAW))]
    return "\n".join([*lines, *check_lines(told)])


def check_lines(told: Told) -> list[str]:
    """Each step of the check with what it compared; none where there was no check."""
    check, words = told.get("check"), catalogue(DEFAULT)
    if check is None:
        return []
    lines = ["", text(words, "check.by-command")]
    for step in check["steps"]:
        key = step["name"].replace(" ", "-")
        lines.append(f"  {step['step']}  {text(words, 'check.' + key):14} {text(words, 'check.' + step['state'])}")
        lines += [f"       {name:11} {value}" for name, value in step["found"].items()]
        lines += [f"       {step['why']}"] if step["why"] else []
    return [*lines, text(words, f"check.outcome-{check['outcome']}")]


def search_text(told: Told) -> str:
    """A line for each finding, or what the text was looked for as."""
    words = catalogue(DEFAULT)
    if not told["found"]:
        meant = ", ".join(text(words, f"search.as-{each}") for each in told["meant"])
        return text(words, "search.none", query=told["query"], meant=meant)
    lines = [f"{text(words, 'search.' + each['kind']):22} {finding_text(each)}" for each in told["found"]]
    return "\n".join([*lines, *([text(words, "search.more")] if told["more"] else [])])


def finding_text(each: Told) -> str:
    """What a finding is, and the address of its page."""
    height = None if each["height"] is None else f"block {each['height']}"
    position = None if each["position"] is None else f"position {each['position']}"
    parts = [each["org"], each["name"], height, each["time"], position, each["hash"]]
    return f"{' '.join(str(part) for part in parts if part is not None)}  {each['address']}"


def _item_lines(item: Told) -> list[str]:
    lines = [f"{'item ' + str(item['place']):16} {_line(item)}"]
    return lines + [f"  {each['place']:>3}  {_line(each)}{_before(each)}" for each in item["transactions"] or ()]


def _line(each: Told) -> str:
    what = f"{each['kind']} of {each['org']}/{each['member']}" if each["org"] else each["kind"]
    return f"{what}: {each['result']}, {each['bytes']:,} bytes, {each['digest']}"


def _before(each: Told) -> str:
    height = each["first_height"]
    return "" if height is None else f", executed before in block {height}" if height else ", not executed"
