"""The blocks that a follower has proven, from its trust file on; the newest is durable before it is used.

Used by one thread at a time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from veriwatt.errors import Malformed, NotProven, Unavailable
from veriwatt.ledger.follower.forks import Forks
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import Header, LightBlock, commit_hash, header_hash
from veriwatt.system.files import DiskFiles
from veriwatt.system.private_file import save_private
from veriwatt.units import SECOND, UtcMillis
from veriwatt.verify.block_refusals import TrustExpired, WrongBlock
from veriwatt.verify.light_block import MAX_CLOCK_DRIFT, verify_commit
from veriwatt.verify.light_client import TrustedBlock, find_path

MOST_BLOCKS = 512
"""Proven blocks in memory, of 1 kB each."""

MOST_BACK = 1_000
"""Blocks that are followed back, one by one, to one that no trusted block lies below."""

BlockAt = Callable[[int], LightBlock]


class PeerBehind(Unavailable):
    """A peer whose newest head is older than one that is known here."""

    code = "peer-behind"

    def __init__(self, height: int, newest: int) -> None:
        super().__init__(f"its newest block is {height}, and block {newest} is known here")
        self.height, self.newest = height, newest


class HeaderAhead(Unavailable):
    """A block whose time has not come by this machine's clock; which of the two is wrong is not known."""

    code = "header-ahead"

    def __init__(self, height: int, ahead: int) -> None:
        super().__init__(f"block {height} is {ahead // SECOND} s ahead of this machine's clock: compare it with others")
        self.height, self.ahead = height, ahead


class OtherVotes(Unavailable):
    """A final block with other votes than the next block has kept: of a peer behind, or one that hides some."""

    code = "other-votes"

    def __init__(self, height: int) -> None:
        super().__init__(f"its votes for block {height} are not those that the next block has kept; ask another peer")
        self.height = height


class KnownBlocks:
    """Proven blocks by height. `newest` is the highest; of the trust file's own block the commit is not known."""

    def __init__(self, folder: Path, trust: Trust) -> None:
        """Load the newest head that was stored in the folder; a damaged one is left for the trust file."""
        self._path, self._forks = folder / "head", Forks(folder / "fork")
        self._checkpoint = TrustedBlock.checkpoint(trust)
        self._blocks: OrderedDict[int, LightBlock] = OrderedDict()
        self._heads = set[int]()
        """Known blocks that came as a head, with votes that the next block need not have kept."""
        self.newest = self._checkpoint
        self._forks.check()
        with suppress(Malformed, NotProven):
            if self._path.is_file():
                light = LightBlock.from_bytes(DiskFiles().read(self._path))
                verify_commit(light, trust.chain_id)
                if light.header.height > self.newest.header.height:
                    self.newest = self._trusted(light)
                    self._remember(light, is_head=True)

    @property
    def chain_id(self) -> str:
        return self._checkpoint.header.chain_id

    def check_forked(self) -> None:
        """Raise LedgerForked once two histories were seen."""
        self._forks.check()

    def advance(self, light: LightBlock, now: UtcMillis, block_at: BlockAt) -> None:
        """Prove a peer's newest block, over others that the peer gives by `block_at`; durable on return.

        Raises:
            PeerBehind: it is older than the newest one here.
            HeaderAhead: its time has not come.
            LedgerForked: it contradicts a known block, and its validators signed both.
            NotProven, Malformed: it does not follow from the newest one here.
            TrustExpired: that is older than the trust period.
        """
        height = light.header.height
        if light.header.time_ms - now >= MAX_CLOCK_DRIFT:
            verify_commit(light, self.chain_id)
            raise HeaderAhead(height, light.header.time_ms - now)
        if height <= self.newest.header.height:
            self._compare(light)
            if light != self._blocks.get(height):  # of a known header too the votes may be nobody's
                verify_commit(light, self.chain_id)
            if height < self.newest.header.height:
                raise PeerBehind(height, self.newest.header.height)
            return
        head = self._walk(self.newest, light, now, block_at)
        save_private(self._path, light.to_bytes())
        self.newest = head
        self._remember(light, is_head=True)

    def at(self, height: int, now: UtcMillis, block_at: BlockAt) -> LightBlock:
        """The proven block of a height up to the newest; raises as `advance`, and Unavailable when it is too far back.

        Its votes are those that the next block has kept, where a next block is known; else OtherVotes is raised. Of a
        height whose block is known with them `block_at` is not called.
        """
        known = self._blocks.get(height)
        if known is not None and (height == self.newest.header.height or self._has_kept_votes(known)):
            self._blocks.move_to_end(height)
            return known
        light = block_at(height)
        if light.header.height != height:
            raise WrongBlock(what="height of the block asked for", expected=height, found=light.header.height)
        below = self._below(height)
        try:
            if height == self._checkpoint.header.height:
                self._compare(light)
                verify_commit(light, self.chain_id)
            elif below is None:
                self._walk_back(light, block_at)
            else:
                self._walk(below, light, now, block_at)
        except TrustExpired:
            self._walk_back(light, block_at)
        self._compare_next(light)
        self._remember(light, is_head=height == self.newest.header.height)
        return light

    def _walk(self, start: TrustedBlock, light: LightBlock, now: UtcMillis, block_at: BlockAt) -> TrustedBlock:
        search = find_path(start, light, now)
        try:
            height = next(search)
            while True:
                height = search.send(block_at(height))
        except StopIteration as end:
            for block in end.value.blocks[:-1]:
                self._remember(block)
            head: TrustedBlock = end.value.head
            return head

    def _walk_back(self, light: LightBlock, block_at: BlockAt) -> None:
        """Prove a block by the hashes that each later block names, from the nearest known one above."""
        height = light.header.height
        above = min(each for each in [*self._blocks, self._checkpoint.header.height] if each > height)
        if above - height > MOST_BACK:
            raise Unavailable(f"block {height} lies {above - height} blocks below the trusted one, too far to follow")
        named = self._header_at(above).last_block_id
        for at in range(above - 1, height - 1, -1):
            before = light if at == height else block_at(at)
            if named is None or header_hash(before.header) != named.hash:
                raise WrongBlock(what="hash of the block before", expected=named and named.hash, found=at)
            verify_commit(before, self.chain_id)
            named = before.header.last_block_id

    def _compare(self, light: LightBlock) -> None:
        """Raise unless the block is the known one of its height, if one is known."""
        height = light.header.height
        if height not in (*self._blocks, self._checkpoint.header.height):
            return
        known = self._header_at(height)
        if header_hash(known) == header_hash(light.header):
            return
        verify_commit(light, self.chain_id)
        if (other := self._blocks.get(height)) is not None and light.header.validators_hash == known.validators_hash:
            raise self._forks.convict(other, light)
        raise WrongBlock(what=f"hash of block {height}", expected=header_hash(known), found=header_hash(light.header))

    def _compare_next(self, light: LightBlock) -> None:
        """Raise if the known block after this one names another."""
        after = self._blocks.get(light.header.height + 1)
        named = after.header.last_block_id if after is not None else None
        if named is not None and named.hash != header_hash(light.header):
            raise WrongBlock(what="hash of the block before", expected=named.hash, found=header_hash(light.header))
        if after is not None and after.header.last_commit_hash != commit_hash(light.commit):
            raise OtherVotes(light.header.height)

    def _has_kept_votes(self, known: LightBlock) -> bool:
        """Whether the votes of a block that is not the newest are known to be those of the next block's header."""
        height = known.header.height
        after = self._blocks.get(height + 1)
        if after is None:
            return height not in self._heads
        return after.header.last_commit_hash == commit_hash(known.commit)

    def _header_at(self, height: int) -> Header:
        known = self._blocks.get(height)
        return self._checkpoint.header if known is None else known.header

    def _below(self, height: int) -> TrustedBlock | None:
        """The nearest trusted block below a height."""
        nearest = max((each for each in self._blocks if each < height), default=0)
        if self._checkpoint.header.height < height and self._checkpoint.header.height >= nearest:
            return self._checkpoint
        return self._trusted(self._blocks[nearest]) if nearest else None

    def _trusted(self, light: LightBlock) -> TrustedBlock:
        return TrustedBlock(light.header, light.validators, self._checkpoint.trust_period_ms)

    def _remember(self, light: LightBlock, *, is_head: bool = False) -> None:
        height = light.header.height
        self._blocks[height] = light
        (self._heads.add if is_head else self._heads.discard)(height)
        while len(self._blocks) > MOST_BLOCKS:
            oldest = next(each for each in self._blocks if each != self.newest.header.height)
            del self._blocks[oldest]
            self._heads.discard(oldest)
