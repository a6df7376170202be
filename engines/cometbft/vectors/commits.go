package main

import (
	"math/rand"
	"slices"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/types"
)

// The blocks of this file have the validators of four: in their order 10, 9, 7 and 4 of 30.

// signed is a light block of four's validators, with votes as commitOf takes them.
func signed(height int64, votes string) *types.LightBlock {
	h := header(height, four(), four(), types.BlockID{}, nil)
	return block("", h, commitOf(h, four(), 0, votes), four()).LightBlock
}

// edited is an honest block with one edit.
func edited(votes string, edit func(b *types.LightBlock)) *types.LightBlock {
	b := signed(5, votes)
	edit(b)
	return b
}

// flipped has one bit of a copy of raw changed.
func flipped(raw []byte, bit int) []byte {
	out := slices.Clone(raw)
	out[bit/8] ^= 1 << (bit % 8)
	return out
}

type sigs = []types.CommitSig

// commitCases are the verdicts on one light block alone: ValidateBasic and VerifyCommit, which checks every vote.
func commitCases() []object {
	onVotes := func(votes string, edit func(s sigs)) *types.LightBlock {
		return edited(votes, func(b *types.LightBlock) { edit(b.Commit.Signatures) })
	}
	var out []object
	for _, c := range []struct {
		name  string
		block *types.LightBlock
	}{
		{"honest", signed(5, "cccc")},
		{"honest, a vote absent", signed(5, "ccca")},
		{"honest, a vote for no block", signed(5, "cccn")},
		{"19 of 30, a vote absent and one for no block", signed(5, "ccan")},
		{"the first vote twice, in the last place", onVotes("cccc", func(s sigs) { s[3] = s[0] })},
		{"the first vote twice, in an absent one's place", onVotes("ccac", func(s sigs) { s[2] = s[0] })},
		{"two votes change places", onVotes("cccc", func(s sigs) { s[0], s[1] = s[1], s[0] })},
		{"a stranger's vote", onVotes("cccc", func(s sigs) { s[3].ValidatorAddress = key(9).PubKey().Address() })},
		{"two signatures change places", onVotes("cccc", func(s sigs) {
			s[0].Signature, s[1].Signature = s[1].Signature, s[0].Signature
		})},
		{"a bit of a counted signature", onVotes("cccc", func(s sigs) { s[0].Signature = flipped(s[0].Signature, 3) })},
		{"a bit of the last signature, which is not needed", onVotes("cccc", func(s sigs) {
			s[3].Signature = flipped(s[3].Signature, 300)
		})},
		{"a bit of the signature of a vote for no block", onVotes("cccn", func(s sigs) {
			s[3].Signature = flipped(s[3].Signature, 3)
		})},
		{"a vote for no block passed off as one for it", onVotes("cccn", func(s sigs) {
			s[3].BlockIDFlag = types.BlockIDFlagCommit
		})},
		{"a vote for the block passed off as one for none", onVotes("cccc", func(s sigs) {
			s[3].BlockIDFlag = types.BlockIDFlagNil
		})},
		{"a vote of another time", onVotes("cccc", func(s sigs) { s[1].Timestamp = s[1].Timestamp.Add(time.Nanosecond) })},
		{"votes of another round", edited("cccc", func(b *types.LightBlock) { b.Commit.Round = 1 })},
		{"votes for other parts", edited("cccc", func(b *types.LightBlock) {
			b.Commit.BlockID.PartSetHeader.Hash = digest("other parts")
		})},
		{"votes of another chain", edited("cccc", func(b *types.LightBlock) {
			other := *b.Header
			other.ChainID = "other-0123456789abcdef"
			there := commitOf(&other, four(), 0, "cccc")
			there.BlockID = b.Commit.BlockID
			b.Commit = there
		})},
		{"a block of another chain", edited("cccc", func(b *types.LightBlock) {
			b.Header.ChainID = "other-0123456789abcdef"
			b.Commit = commitOf(b.Header, four(), 0, "cccc")
		})},
		{"another block version", edited("cccc", func(b *types.LightBlock) {
			b.Header.Version.Block = 12
			b.Commit = commitOf(b.Header, four(), 0, "cccc")
		})},
		{"a commit of another height", edited("cccc", func(b *types.LightBlock) { b.Commit.Height = 6 })},
		{"a header that the commit does not name", edited("cccc", func(b *types.LightBlock) {
			b.Header.AppHash = digest("another state")
		})},
		{"validators of other power", edited("cccc", func(b *types.LightBlock) {
			b.ValidatorSet = setOf(member{0, 10}, member{1, 9}, member{2, 7}, member{3, 5})
		})},
		{"a vote too few", edited("cccc", func(b *types.LightBlock) { b.Commit.Signatures = b.Commit.Signatures[:3] })},
		{"a vote too many", edited("cccc", func(b *types.LightBlock) {
			b.Commit.Signatures = append(b.Commit.Signatures, b.Commit.Signatures[0])
		})},
		{"an absent vote with an address", onVotes("cccn", func(s sigs) {
			s[3] = types.CommitSig{BlockIDFlag: types.BlockIDFlagAbsent, ValidatorAddress: s[3].ValidatorAddress}
		})},
		{"an absent vote with a signature", onVotes("cccn", func(s sigs) {
			s[3] = types.CommitSig{BlockIDFlag: types.BlockIDFlagAbsent, Signature: s[3].Signature}
		})},
		{"a vote with an unknown flag", onVotes("cccn", func(s sigs) { s[3].BlockIDFlag = 4 })},
		{"votes that only the cofactored rule accepts", cofactored()},
	} {
		out = append(out, object{
			"name": c.name, "chain_id": chainID, "cbor": cborOf(c.block), "verdict": commitVerdict(c.block),
		})
	}
	return out
}

func commitVerdict(b *types.LightBlock) string {
	if b.Commit.ValidateBasic() != nil {
		return "malformed"
	}
	if err := b.ValidateBasic(chainID); err != nil {
		return verdict(err)
	}
	return verdict(b.ValidatorSet.VerifyCommit(chainID, b.Commit.BlockID, b.Height, b.Commit))
}

// cofactored is an honest block but for three signers: one's key and one's signature have a part of small order, and
// one's key is of small order itself.
func cofactored() *types.LightBlock {
	mixed, weak := mixedKey(1), ed25519.PubKey(smallOrder()[9])
	set := types.NewValidatorSet([]*types.Validator{
		types.NewValidator(key(0).PubKey(), 10), types.NewValidator(ed25519.PubKey(mixed.public), 9),
		types.NewValidator(key(2).PubKey(), 8), types.NewValidator(weak, 4),
	})
	h := header(5, set, set, types.BlockID{}, nil)
	c := &types.Commit{Height: 5, BlockID: blockIDOf(h), Signatures: make(sigs, 4)}
	for i, v := range set.Validators {
		c.Signatures[i] = types.CommitSig{
			BlockIDFlag: types.BlockIDFlagCommit, ValidatorAddress: v.Address, Timestamp: h.Time.Add(time.Second),
		}
		message := c.VoteSignBytes(chainID, int32(i))
		c.Signatures[i].Signature = [][]byte{
			must(key(0).Sign(message)), mixed.sign(message, 0), plainKey(2).sign(message, 1), make([]byte, 64),
		}[i]
	}
	c.Signatures[3].Signature[0] = 1 // R is the neutral point, S is 0
	return block("", h, c, set).LightBlock
}

func cborOf(b *types.LightBlock) string {
	return hexOf(cborLightBlock(b.Header, b.Commit, b.ValidatorSet))
}

// seeded draws the same numbers on every run.
func seeded() *rand.Rand { return rand.New(rand.NewSource(1)) }
