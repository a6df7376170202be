"""Any evidence file over what the ledger has: a builder that checks nothing, from the text of docs/spec/evidence.md.

The proofs of the ledger (state, logs, light block) are as honest as the ledger; everything else is the adversary's.
A file is kept as nested lists, so that any field of it can be changed before it is encoded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from veriwatt.encoding import Value, encode
from veriwatt.ids import Digest
from veriwatt.merkle.multiproof import join_paths, multiproof
from veriwatt.merkle.tree import Leaves, path_of
from veriwatt.model.chain.anchor import AnchorLeaf, RootLogLeaf
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.ledger.state_keys import (
    ROOT_LOG,
    anchors_key,
    group_version_key,
    number_key,
    passport_key,
    point_key,
    register_key,
)
from veriwatt.ports.ledger import LogProof, Snapshot
from veriwatt.testing.soundness.drafts import GroupDraft, salt
from veriwatt.testing.soundness.workshop import ORG, Registered, Workshop


@dataclass(frozen=True, slots=True)
class Shown:
    """What is disclosed of one frame: leaves `leaves` of the column of point number `column` of its group `group`.

    `version` is the group version that the file names.
    """

    position: int
    group: int
    version: Registered
    column: int
    leaves: tuple[int, ...]

    @property
    def kind(self) -> Value:
        """The kind of the point that stands there in the version."""
        return self.version.definitions[self.column]["kind"]


class EvidenceMaker:
    """Builds files under one snapshot of a workshop's ledger."""

    def __init__(self, shop: Workshop, snapshot: Snapshot) -> None:
        self._shop, self._now = shop, snapshot
        self._log_proofs: dict[tuple[bytes, int], LogProof] = {}
        self._chain = Leaves([frame.leaf for frame in shop.frames])
        anchors = [AnchorLeaf.from_bytes(raw) for raw in snapshot.log_leaves(anchors_key(ORG))]
        self._anchor_sizes = [anchor.new_size for anchor in anchors]
        self._anchor_heights = [anchor.height for anchor in anchors]
        self._blocks = [RootLogLeaf.from_bytes(raw).height for raw in snapshot.log_leaves(ROOT_LOG)]

    def reading(self, start: int, definition: bytes, shown: Shown, point: str) -> list[Value]:
        """A file that claims the slot of `point` that starts at `start`."""
        places = [self._place(definition, shown.version)]
        claim: list[Value] = ["reading", ORG, point, start, [definition, places], self._column(shown)]
        return self._file(claim, [shown], [point_key(ORG, point)])

    def period(
        self,
        period: tuple[int, int],
        context: tuple[int, int],
        unnamed: Sequence[bytes],
        shown: Sequence[Shown],
        point: str,
    ) -> list[Value]:
        """A file that claims the figure of a period from these frames, which are in the order of their positions.

        `unnamed` are definitions that stand before those that the frames name.
        """
        versions = {(each.version.group, each.version.n): each.version for each in shown}
        runs = groupby(versions.values(), lambda version: _definition_of(version, point))
        named: list[Value] = [[one, [self._place(one, version) for version in same]] for one, same in runs]
        before: list[Value] = [[each, []] for each in unnamed]
        columns: list[Value] = [self._column(each) for each in shown]
        claim: list[Value] = ["period", ORG, point, *period, *context, [*before, *named], columns]
        if shown[-1].kind != "register":
            return self._file(claim, shown, [point_key(ORG, point)])
        keys = [point_key(ORG, point), register_key(ORG, point)]
        return self._file(claim, shown, keys, {len(self._anchor_sizes) - 1})

    def _group(self, shown: Shown) -> GroupDraft:
        return self._shop.frames[shown.position].draft.groups[shown.group]

    def _place(self, definition: bytes, version: Registered) -> list[Value]:
        """The definition's place in the version, or that of its first one where it is not there."""
        records = [encode(list(each.values())) for each in version.definitions]
        index = records.index(definition) if definition in records else 0
        return [index, b"".join(path_of(version.leaves, index))]

    def _column(self, shown: Shown) -> list[Value]:
        group = self._group(shown)
        before = sum(len(column) for column in group.columns[: shown.column])
        hashes, indices = group.hashes(), [before + at for at in shown.leaves]
        leaves: list[Value] = []
        for index in indices:
            leaf = group.leaves[index]
            known: list[Value] = [value for value in leaf.values if value is not None]
            leaves.append([salt(index), known, leaf.reasons, list(leaf.instants)])
        return [leaves, b"".join(multiproof(Leaves(hashes), indices, len(hashes)))]

    def _file(
        self, claim: list[Value], shown: Sequence[Shown], claim_keys: list[bytes], more_anchors: Collection[int] = ()
    ) -> list[Value]:
        positions = [each.position for each in shown]
        frames = [self._shop.frames[at] for at in positions]
        parts: list[Value] = [
            [frame.header, frame.signature, self._group(each).group, each.position]
            for frame, each in zip(frames, shown, strict=True)
        ]
        of_frames = {bisect_right(self._anchor_sizes, at) for at in positions}
        anchors = sorted(of_frames.union(more_anchors))
        blocks = [self._blocks.index(self._anchor_heights[at]) for at in anchors]
        chain = multiproof(self._chain, positions, self._anchor_sizes[max(of_frames)])
        named = [frame.draft.root_log_size - 1 for frame in frames]
        size = len(self._blocks)
        indices = sorted({at for at in [*named, *(b + d for b in blocks for d in (0, 1))] if 0 <= at < size})
        anchor_leaves, anchor_hashes = self._log(anchors_key(ORG), anchors)
        root_leaves, root_hashes = self._log(ROOT_LOG, indices)
        placed: list[Value] = [[*each] for each in zip(anchor_leaves, anchors, blocks, strict=True)]
        keys = [key for each in shown for key in self._frame_keys(each)]
        keys = list(dict.fromkeys([*keys, *claim_keys, anchors_key(ORG), ROOT_LOG]))
        proof = self._now.prove(keys)
        state: list[Value] = [[proof.values[key] for key in keys], proof.proof.fields()]
        chain_id = proof.light.header.chain_id
        logs: list[Value] = [b"".join(chain), [placed, anchor_hashes], [list(root_leaves), root_hashes]]
        return [2, chain_id, claim, parts, *logs, state, proof.light.fields()]

    def _frame_keys(self, shown: Shown) -> list[bytes]:
        draft = self._shop.frames[shown.position].draft
        number = FrameNumber(draft.epoch, draft.seq)
        group = self._group(shown)
        version = group_version_key(draft.org, group.group, group.version)
        return [passport_key(draft.org, draft.terminal), version, number_key(draft.org, draft.terminal, number)]

    def _log(self, log: bytes, indices: Sequence[int]) -> tuple[list[bytes], bytes]:
        proofs = {index: self._log_proof(log, index) for index in indices}
        paths: dict[int, Sequence[Digest]] = {index: proof.path for index, proof in proofs.items()}
        sizes = {proof.size for proof in proofs.values()}
        return [proof.leaf for proof in proofs.values()], b"".join(join_paths(paths, sizes.pop()))

    def _log_proof(self, log: bytes, index: int) -> LogProof:
        if (log, index) not in self._log_proofs:
            self._log_proofs[log, index] = self._now.log_proof(log, index)
        return self._log_proofs[log, index]


def _definition_of(version: Registered, point: str) -> bytes:
    return encode(list(version.definitions[version.index(point)].values()))
