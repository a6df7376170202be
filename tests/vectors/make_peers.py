"""Writes peers.json: a signed request with each way to misuse it, and the map of a small state in its parts."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

from veriwatt.errors import VeriwattError
from veriwatt.ids import Digest
from veriwatt.merkle.state_parts import PARTS, Row, part_of, parts_of, summary_of, verify_part, verify_summaries
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.members.join_request import JoinRequest, parse_join_request, sign_join_request
from veriwatt.model.members.member_request import Door, parse_request, sign_request
from veriwatt.model.members.organisation import Member, Role
from veriwatt.testing.actors import START, sim_key
from veriwatt.units import MINUTE
from veriwatt.verify.member_request import Nonces, check_addressed, check_signed

OUT = Path(__file__).with_name("peers.json")
KEY, OTHER = sim_key("member bolt/ida"), sim_key("another")
DOOR = Door("sim-0123456789abcdef", "acme", "main", "submit")
NONCE, BODY = bytes(range(16)), b"the body"
LIMIT = 1 << 10


def taken(raw: bytes, key: str, door: Door, now: int, since: int, used: list[str]) -> str:
    """The code of the refusal of a request at a door, or "ok"."""
    nonces = Nonces(since)
    member = Member("bolt", "ida", Role.OWNER, (KEY if key == "own" else OTHER).public, 1, START) if key else None
    try:
        signed = parse_request(raw, LIMIT)
        for each in used:
            nonces.use(replace(signed.request, nonce=bytes.fromhex(each)), now)
        check_addressed(signed, door, now, since)
        check_signed(signed, member, nonces, now)
    except VeriwattError as error:
        return error.code
    return "ok"


def requests() -> list[dict[str, object]]:
    good = sign_request(KEY, DOOR, "bolt", "ida", NONCE, START, BODY)
    cases: dict[str, dict[str, object]] = {
        "taken": {},
        "another body": {"raw": good[:-1] + b"Y"},
        "something after it": {"raw": good + b"\x00"},
        "a nonce of 15 bytes": {"raw": sign_request(KEY, DOOR, "bolt", "ida", NONCE[1:], START, BODY)},
        "another chain": {"door": replace(DOOR, chain="sim-fedcba9876543210")},
        "another node": {"door": replace(DOOR, node="spare")},
        "another org's node": {"door": replace(DOOR, org="city")},
        "another door": {"door": replace(DOOR, name="store")},
        "two minutes old": {"now": START + 2 * MINUTE},
        "older": {"now": START + 2 * MINUTE + 1},
        "ahead": {"now": START - 2 * MINUTE - 1},
        "of before the node started": {"since": START + 1},
        "of no member": {"key": ""},
        "under a key that was replaced": {"key": "other"},
        "signed by another key": {"raw": good.replace(_signature(good), bytes(64))},
        "used before": {"used": [NONCE.hex()]},
        "beside another nonce": {"used": [NONCE[::-1].hex()]},
    }
    made: list[dict[str, object]] = []
    for name, changes in cases.items():
        case: dict[str, object] = {"raw": good, "door": DOOR, "now": START, "since": 0, "key": "own", "used": []}
        case |= changes
        raw, door = case.pop("raw"), case.pop("door")
        assert isinstance(raw, bytes)
        assert isinstance(door, Door)
        result = taken(raw, door=door, **case)  # type: ignore[arg-type]
        made.append({"name": name, "request": raw.hex(), "door": asdict(door), **case, "result": result})
    return made


def _signature(raw: bytes) -> bytes:
    return parse_request(raw, LIMIT).envelope.signature


def refusal(root: bytes, summaries: list[bytes], n: int, rows: list[Row]) -> str:
    """The code of the refusal of summaries, or of the rows of part `n`; "ok" for none."""
    try:
        verify_summaries(Digest(root), summaries)
        verify_part(n, summaries[n], rows)
    except VeriwattError as error:
        return error.code
    return "ok"


def state_parts() -> dict[str, object]:
    rows = {f"key/{at}".encode(): f"value {at}".encode() for at in range(200)}
    root, divided = StateTree.from_items(rows.items()).root, parts_of(sorted(rows.items()))
    summaries = [summary_of(each) for each in divided]
    n = next(n for n in range(PARTS) if len(divided[n]) > 1)
    lone = next(n for n in range(PARTS) if len(divided[n]) == 1)
    key, value = divided[n][0]
    lies: dict[str, tuple[list[bytes], int, list[Row]]] = {
        "honest": (summaries, n, divided[n]),
        "a row left out": (summaries, n, divided[n][1:]),
        "a row changed": (summaries, n, [(key, value + b"!"), *divided[n][1:]]),
        "rows of another part": (summaries, n, divided[lone]),
        "not in order": (summaries, n, divided[n][::-1]),
        "a part left out": ([*summaries[:n], b"", *summaries[n + 1 :]], n, []),
        "255 parts": (summaries[:-1], n, divided[n]),
        "more keys tagged as one": ([*summaries[:n], b"\x01" + summaries[n][1:], *summaries[n + 1 :]], n, divided[n]),
        "an unknown tag": ([*summaries[:n], b"\x03" + summaries[n][1:], *summaries[n + 1 :]], n, divided[n]),
    }
    assert part_of(key) == n
    return {
        "root": root.hex(),
        "rows": [[row.decode(), of.decode()] for row, of in rows.items()],
        "cases": [
            {
                "name": name,
                "summaries": [each.hex() for each in given],
                "part": at,
                "rows": [[row.hex(), of.hex()] for row, of in shown],
                "result": refusal(root, given, at, shown),
            }
            for name, (given, at, shown) in lies.items()
        ],
    }


def join_requests() -> list[dict[str, object]]:
    own = JoinRequest(DOOR.chain, "dyer", "Dyers", KEY.public, Digest(bytes(range(32))), START)
    good = sign_join_request(own, KEY)
    cases = {
        "taken": good,
        "without TLS": sign_join_request(replace(own, tls_key=None), KEY),
        "another owner's key": sign_join_request(replace(own, owner=OTHER.public), KEY),
        "another title": good.replace(b"Dyers", b"Lyers"),
        "something after it": good + b"\x00",
        "an org that is no name": sign_join_request(replace(own, org="a/b"), KEY),
    }
    return [{"name": name, "request": raw.hex(), "result": judged(raw)} for name, raw in cases.items()]


def judged(raw: bytes) -> str:
    """The code of the refusal of a join request, or "ok"."""
    try:
        parse_join_request(raw)
    except VeriwattError as error:
        return error.code
    return "ok"


def vectors() -> dict[str, object]:
    keys = {"own": KEY.public.raw.hex(), "other": OTHER.public.raw.hex()}
    return {"keys": keys, "requests": requests(), "state_parts": state_parts(), "join_requests": join_requests()}


def main() -> None:
    OUT.write_text(json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {OUT}")


if __name__ == "__main__":
    main()
