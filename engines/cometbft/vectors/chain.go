package main

import (
	"fmt"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/crypto/merkle"
	"github.com/cometbft/cometbft/crypto/tmhash"
	cmtversion "github.com/cometbft/cometbft/proto/tendermint/version"
	"github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"
)

const chainID = "vectors-0123456789abcdef"

var genesisTime = time.Unix(1_700_000_000, 0).UTC()

// key is the private key of validator n, from a seed anyone can make again.
func key(n int) ed25519.PrivKey {
	return ed25519.GenPrivKeyFromSecret([]byte(fmt.Sprintf("veriwatt light block vector %d", n)))
}

// member is validator n with a voting power.
type member struct {
	n     int
	power int64
}

func setOf(members ...member) *types.ValidatorSet {
	var all []*types.Validator
	for _, m := range members {
		all = append(all, types.NewValidator(key(m.n).PubKey(), m.power))
	}
	return types.NewValidatorSet(all)
}

// keysOf lists the private keys of a set in the set's order.
func keysOf(set *types.ValidatorSet) []ed25519.PrivKey {
	byAddress := map[string]ed25519.PrivKey{}
	for n := range 40 {
		byAddress[string(key(n).PubKey().Address())] = key(n)
	}
	var keys []ed25519.PrivKey
	for _, v := range set.Validators {
		keys = append(keys, byAddress[string(v.Address)])
	}
	return keys
}

// digest is 32 bytes made from a word.
func digest(word string) []byte { return tmhash.Sum([]byte(word)) }

var emptyRoot = merkle.HashFromByteSlices(nil)

func header(height int64, set, next *types.ValidatorSet, last types.BlockID, lastCommit *types.Commit) *types.Header {
	h := &types.Header{
		Version:            cmtversion.Consensus{Block: version.BlockProtocol, App: 1},
		ChainID:            chainID,
		Height:             height,
		Time:               genesisTime.Add(time.Duration(height) * 10 * time.Second),
		LastBlockID:        last,
		LastCommitHash:     emptyRoot,
		DataHash:           types.Txs{[]byte(fmt.Sprintf("tx of %d", height))}.Hash(),
		ValidatorsHash:     set.Hash(),
		NextValidatorsHash: next.Hash(),
		ConsensusHash:      types.DefaultConsensusParams().Hash(),
		AppHash:            digest(fmt.Sprintf("state %d", height-1)),
		LastResultsHash:    emptyRoot,
		EvidenceHash:       emptyRoot,
		ProposerAddress:    set.Validators[0].Address,
	}
	if lastCommit != nil {
		h.LastCommitHash = lastCommit.Hash()
	}
	return h
}

func blockIDOf(h *types.Header) types.BlockID {
	parts := types.PartSetHeader{Total: 1, Hash: digest(fmt.Sprintf("parts of %d", h.Height))}
	return types.BlockID{Hash: h.Hash(), PartSetHeader: parts}
}

// commitOf signs a header as the set does: one letter for each validator in the set's order,
// c for the block, n for no block, a for absent.
func commitOf(h *types.Header, set *types.ValidatorSet, round int32, votes string) *types.Commit {
	commit := &types.Commit{Height: h.Height, Round: round, BlockID: blockIDOf(h)}
	for i, v := range set.Validators {
		sig := types.NewCommitSigAbsent()
		if votes[i] != 'a' {
			sig = types.CommitSig{
				BlockIDFlag:      types.BlockIDFlagCommit,
				ValidatorAddress: v.Address,
				Timestamp:        h.Time.Add(time.Duration(i+1) * 1_234_567 * time.Microsecond),
			}
		}
		if votes[i] == 'n' {
			sig.BlockIDFlag = types.BlockIDFlagNil
		}
		commit.Signatures = append(commit.Signatures, sig)
	}
	for i, private := range keysOf(set) {
		if votes[i] != 'a' {
			commit.Signatures[i].Signature = must(private.Sign(commit.VoteSignBytes(h.ChainID, int32(i))))
		}
	}
	return commit
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
