"""The largest file that renewing can give is below the limit of a file: the sum of every bound of a record in it."""

from __future__ import annotations

from math import log2

from veriwatt.encoding import encode
from veriwatt.ids import Digest, FrameId, ObjectId
from veriwatt.model.chain.anchor import AnchorLeaf, RootLogLeaf
from veriwatt.model.evidence.file_limits import MAX_EVIDENCE, MAX_FRAMES, MAX_KEPT, MAX_TERMINALS, MAX_VERSIONS
from veriwatt.model.evidence.paths import MAX_HASHES
from veriwatt.model.ledger.validators import MAX_VALIDATORS
from veriwatt.model.members.org_role import MOST_ROLE_HOLDERS
from veriwatt.model.points.point_record import MOST_SERIES, PointSeries
from veriwatt.model.points.register_record import CONFIRMATION_ROOM, LONGEST_REASON, MOST_EXCHANGES, RegisterExchange
from veriwatt.model.terminals.certification import CERTIFICATION_ROOM
from veriwatt.model.terminals.number_record import NumberRecord, RecordedEquivocation, RecordedVoid
from veriwatt.model.terminals.revocation import ANSWER_LIMIT

INT = 2**63 - 1
NAME = "n" * 64
HASH, FRAMES = Digest(bytes(32)), (FrameId(bytes(32)), FrameId(bytes(31) + b"\x01"))
LETTER = "\N{GRINNING FACE}"  # four bytes, the most that a character takes
KEY_DEPTH, LOG_DEPTH = 64, 32
NODE = Digest.LENGTH + 2  # a sibling, and the shape of itself and its parent, rounded up


def hashes(leaves: int, depth: int) -> int:
    """The most hashes of a proof of so many leaves in a tree of this depth: their paths, each part once."""
    return int(leaves * (depth + 1 - log2(leaves)) + depth)


def passport() -> int:
    texts = 5 * 1024 + 4 * ANSWER_LIMIT
    return (1 + MOST_ROLE_HOLDERS) * CERTIFICATION_ROOM + texts


def register_record() -> int:
    exchange = RegisterExchange(INT, INT, INT, INT, INT, NAME, LONGEST_REASON * LETTER)
    return MOST_EXCHANGES * len(encode(exchange.fields())) + MOST_ROLE_HOLDERS * CONFIRMATION_ROOM + 32


def number_record() -> int:
    both = RecordedEquivocation(FRAMES, INT, INT, NAME, NAME), RecordedVoid(FRAMES[0], INT, INT, NAME, NAME)
    return len(NumberRecord(*both).to_bytes())


def test_whatever_is_recorded_later_a_file_is_below_the_limit() -> None:
    anchor = AnchorLeaf(NAME, INT, INT, INT, INT, HASH, ObjectId(bytes(32)), HASH)
    block = RootLogLeaf(INT, INT, HASH)
    series = PointSeries(NAME, INT, HASH, INT, INT, INT)
    others, frames = MAX_TERMINALS + MAX_VERSIONS + 4, MAX_FRAMES + 1
    parts = {
        "kept": MAX_KEPT,
        "number records": MAX_FRAMES * (number_record() + 5),
        "state proof": hashes(MAX_FRAMES, KEY_DEPTH) * NODE + others * KEY_DEPTH * NODE + 64 * (MAX_FRAMES + others),
        "anchors": frames * (len(anchor.to_bytes()) + 3 + 2 * 9) + hashes(frames, LOG_DEPTH) * 32,
        "root log": 3 * frames * (len(block.to_bytes()) + 3) + hashes(3 * frames, LOG_DEPTH) * 32,
        "passports": MAX_TERMINALS * passport(),
        "register record": register_record(),
        "timeline": MOST_SERIES * len(encode(series.fields())),
        "ranges": 2 * 64 * (32 + 2),
        "light block": MAX_VALIDATORS * 220,
    }
    assert sum(parts.values()) < MAX_EVIDENCE, parts
    assert max(hashes(3 * frames, LOG_DEPTH), hashes(frames, LOG_DEPTH)) < MAX_HASHES


def test_the_parts_are_as_large_as_the_specification_says() -> None:
    assert number_record() <= 420
    assert passport() <= 540_000
    assert register_record() <= 1_210_000
