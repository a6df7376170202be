"""What an enterprise may change of a frame before its own terminal signs it: one field, or one of each kind.

Boundary values first: times at which a rule turns and those beside them, counts one more and one less, numbers at the
ends of their ranges.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from veriwatt.testing.soundness.cases import Case, Change, Scene, slot_of
from veriwatt.testing.soundness.drafts import FrameDraft, GroupDraft, LeafDraft
from veriwatt.testing.soundness.naive_calendar import DAY, HOUR, MINUTE, minutes_of
from veriwatt.testing.soundness.sites import ORIGINS, column

LARGEST = 2**63 - 1


def collected(rng: Random, scene: Scene, case: Case) -> Case:
    return _frame(case, collected_at=rng.choice([*scene.times(case), 0, scene.anchor_at + DAY, LARGEST]))


def window(rng: Random, scene: Scene, case: Case) -> Case:
    frame = case.frame
    steps = (-DAY, -HOUR, -15 * MINUTE, -1, 1, 15 * MINUTE, HOUR, DAY, 30 * DAY, 365 * DAY)
    start, end = frame.start, frame.end
    which = rng.randrange(4)
    if which in (0, 2):
        start += rng.choice(steps)
    if which in (1, 2):
        end += rng.choice(steps)
    if which == 3:
        start, end = sorted(rng.sample(scene.times(case), 2))
    return _frame(case, start=max(0, start), end=max(end, start + 1, 1))


def origin(rng: Random, _: Scene, case: Case) -> Case:
    return _frame(case, origin=rng.choice(ORIGINS))


def terminal(rng: Random, _: Scene, case: Case) -> Case:
    return _frame(case, terminal=rng.choice(("t1", "t2", "t1 ", "T1", "nobody")))


def number(rng: Random, scene: Scene, case: Case) -> Case:
    """Another number, often one that an honest frame has, or that the ledger has a record of."""
    recorded = [*scene.shop.voided, *scene.shop.contradicted]
    if recorded and rng.random() < 0.6:
        name, epoch, seq = rng.choice(recorded)
        return _frame(case, terminal=name, epoch=epoch, seq=seq)
    if scene.honest and rng.random() < 0.6:
        other = rng.choice(scene.honest).frame
        return _frame(case, terminal=other.terminal, epoch=other.epoch, seq=other.seq)
    return _frame(case, epoch=rng.choice((0, 1, 2, LARGEST)), seq=rng.choice((0, 1, LARGEST)))


def twin(rng: Random, scene: Scene, case: Case) -> Case:
    """The number of an honest frame again, for other values of the same slots, or values of the next window."""
    if not scene.honest:
        return case
    other = rng.choice(scene.honest)
    leaves = tuple(
        replace(leaf, values=tuple(None if value is None else value + rng.randint(0, 2) for value in leaf.values))
        for leaf in _claimed_column(other)
    )
    changed = _column(other, leaves)
    return _frame(changed, prev=rng.choice((other.frame.prev, rng.randbytes(32))))


def passport_version(rng: Random, _: Scene, case: Case) -> Case:
    return _frame(case, passport_version=rng.choice((0, 1, 2, 3, 255, LARGEST)))


def previous(rng: Random, _: Scene, case: Case) -> Case:
    return _frame(case, prev=rng.randbytes(32))


def root_log(rng: Random, scene: Scene, case: Case) -> Case:
    head = scene.shop.ledger.head()
    size = rng.choice((0, 1, 2, head.root_log_size, head.root_log_size + 1, head.root_log_size + 2, LARGEST))
    leaf = rng.choice((bytes(32), bytes(head.root_log_leaf), case.frame.root_log_leaf))
    return _frame(case, root_log_size=size, root_log_leaf=leaf)


def ledger_and_org(rng: Random, _: Scene, case: Case) -> Case:
    which = rng.randrange(3)
    return _frame(case, chain="sim-0000000000000000") if which == 0 else _frame(case, org=("metro", "city")[which - 1])


def other_definitions(rng: Random, scene: Scene, case: Case) -> Case:
    """The header names the definitions of another version."""
    version = rng.choice(scene.shop.versions)
    root = rng.choice((version.root, version.root, bytes(32)))
    return _group(case, version=rng.choice((version.n, case.frame.groups[0].version)), definition_root=root)


def spans(rng: Random, _: Scene, case: Case) -> Case:
    """Other numbers of slots than the columns have."""
    stated = list(case.frame.groups[0].stated_spans())
    at = rng.randrange(len(stated))
    points, slots = stated[at]
    which = rng.randrange(5)
    if which == 0:
        stated[at] = (points, max(0, slots + rng.choice((-1, 1, 96, slots))))
    elif which == 1:
        stated[at] = (max(0, points + rng.choice((-1, 1))), slots)
    elif which == 2:
        stated.append((1, rng.choice((0, 1, 96, 1 << 20))))
    elif which == 3:
        stated[at : at + 1] = [(points, slots // 2), (points, slots - slots // 2)]
    else:
        stated.insert(at, (rng.choice((1, 1 << 40)), 0))
    return _group(case, spans=tuple(stated))


def header_statuses(rng: Random, _: Scene, case: Case) -> Case:
    """The header states other statuses than the leaves."""
    stated = bytearray(case.frame.groups[0].stated_statuses())
    if stated:
        stated[rng.randrange(len(stated))] = rng.randrange(8)
    return _group(case, statuses=bytes(stated))


def more_slots(rng: Random, _: Scene, case: Case) -> Case:
    """A column with slots of half the length, or twice as many, or from another first one, in the same window."""
    frame, told = case.frame, case.told
    length = (minutes_of(slot_of(told)) or 24 * 60) * MINUTE
    count = sum(len(leaf.statuses) for leaf in _claimed_column(case))
    step, times, apart = rng.choice(
        ((length, 2, 0), (length // 2, 2, 0), (length, 1, rng.choice((-length, length, 1, -1, length // 2))), (1, 2, 0))
    )
    first = frame.start + apart
    starts = [first + at * step for at in range(min(count * times, 4000))]
    if not starts:
        return case
    forged = column(rng, told.point, starts)
    slot = rng.randrange(len(starts))
    told = replace(told, start=starts[slot], leaf=slot // 96)
    return replace(_column(case, forged), told=told)


def leaf_field(rng: Random, _: Scene, case: Case) -> Case:
    """One field of the disclosed leaf."""
    leaves = list(_claimed_column(case))
    if case.told.leaf >= len(leaves):
        return case
    leaf = leaves[case.told.leaf]
    length = (minutes_of(slot_of(case.told)) or 24 * 60) * MINUTE
    others = [each.point for each in case.frame.groups[0].leaves]
    at = rng.randrange(len(leaf.values))
    code = rng.randrange(8)
    values = (*leaf.values[:at], rng.choice((None, 0, -1, LARGEST, -(2**63), 1 << 70)), *leaf.values[at + 1 :])
    changed = rng.choice(
        (
            replace(leaf, point=rng.choice([*others, "nowhere"])),
            replace(leaf, first=leaf.first + rng.choice((-1, 1, length, -length, DAY, -DAY))),
            replace(leaf, values=values),
            replace(leaf, statuses=leaf.statuses[:at] + bytes([code]) + leaf.statuses[at + 1 :]),
            replace(leaf, reasons=bytes(rng.choices(range(8), k=len(leaf.values)))),
            replace(leaf, instants=tuple(rng.choice((None, 1, LARGEST)) for _ in leaf.values)),
            _longer(rng, leaf),
        )
    )
    leaves[case.told.leaf] = changed
    return _column(case, tuple(leaves))


def leaf_order(rng: Random, _: Scene, case: Case) -> Case:
    """Columns, or leaves of one, in another order, twice or not at all."""
    group = case.frame.groups[0]
    columns = list(group.columns)
    which = rng.randrange(4)
    if which == 0:
        rng.shuffle(columns)
    elif which == 1:
        columns[rng.randrange(len(columns))] = rng.choice(columns)
    elif which == 2:
        columns.insert(rng.randrange(len(columns)), rng.choice(columns))
    else:
        own = _claimed_column(case)
        return _column(case, tuple(rng.sample(own, len(own))))
    return _group(case, columns=tuple(columns))


def second_group(rng: Random, scene: Scene, case: Case) -> Case:
    """A second group beside the first: its twin under the same name, or the same columns under another."""
    group = case.frame.groups[0]
    name = rng.choice([group.group, *(each.group for each in scene.shop.versions)])
    other = replace(group, group=name)
    return _frame(case, groups=rng.choice(((group, other), (other, group))))


def _longer(rng: Random, leaf: LeafDraft) -> LeafDraft:
    """With one slot more or less."""
    if rng.random() < 0.5 and len(leaf.values) > 1:
        return replace(leaf, values=leaf.values[:-1], statuses=leaf.statuses[:-1])
    return replace(leaf, values=(*leaf.values, 1), statuses=leaf.statuses + b"\x01")


def _claimed_column(case: Case) -> tuple[LeafDraft, ...]:
    """The leaves of the claimed point; none where an earlier change claims a column that is not there."""
    columns = case.frame.groups[0].columns
    return columns[case.told.column] if case.told.column < len(columns) else ()


def _column(case: Case, leaves: tuple[LeafDraft, ...]) -> Case:
    columns = case.frame.groups[0].columns
    changed = (leaves if at == case.told.column else column for at, column in enumerate(columns))
    return _group(case, columns=tuple(changed))


def _frame(case: Case, **changes: object) -> Case:
    frame: FrameDraft = replace(case.frame, **changes)  # type: ignore[arg-type]
    return replace(case, frame=frame)


def _group(case: Case, **changes: object) -> Case:
    group: GroupDraft = replace(case.frame.groups[0], **changes)  # type: ignore[arg-type]
    return _frame(case, groups=(group, *case.frame.groups[1:]))


FRAME_CHANGES: tuple[Change, ...] = (
    collected,
    window,
    origin,
    terminal,
    number,
    twin,
    passport_version,
    previous,
    root_log,
    ledger_and_org,
    other_definitions,
    spans,
    header_statuses,
    more_slots,
    leaf_field,
    leaf_order,
    second_group,
)
