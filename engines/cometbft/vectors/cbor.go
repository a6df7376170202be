package main

import (
	"encoding/binary"
	"time"

	"github.com/cometbft/cometbft/types"
)

// A second writer of the product's own encoding of a light block (docs/spec/light-block.md), so that
// the stored form is checked by more than the code that reads it.

func cborHead(major byte, n uint64) []byte {
	switch {
	case n < 24:
		return []byte{major<<5 | byte(n)}
	case n < 1<<8:
		return []byte{major<<5 | 24, byte(n)}
	case n < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{major<<5 | 25}, uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32([]byte{major<<5 | 26}, uint32(n))
	}
	return binary.BigEndian.AppendUint64([]byte{major<<5 | 27}, n)
}

func cborUint(n uint64) []byte { return cborHead(0, n) }

func cborInt(n int64) []byte {
	if n < 0 {
		return cborHead(1, uint64(-1-n))
	}
	return cborUint(uint64(n))
}

func cborBytes(raw []byte) []byte { return append(cborHead(2, uint64(len(raw))), raw...) }

func cborText(text string) []byte { return append(cborHead(3, uint64(len(text))), text...) }

func cborArray(items ...[]byte) []byte {
	out := cborHead(4, uint64(len(items)))
	for _, item := range items {
		out = append(out, item...)
	}
	return out
}

func cborTime(at time.Time) []byte {
	return cborArray(cborInt(at.Unix()), cborUint(uint64(at.Nanosecond())))
}

func cborBlockID(id types.BlockID) []byte {
	if id.IsZero() {
		return []byte{0xf6}
	}
	return cborArray(cborBytes(id.Hash), cborUint(uint64(id.PartSetHeader.Total)), cborBytes(id.PartSetHeader.Hash))
}

func cborHeader(h *types.Header) []byte {
	return cborArray(
		cborUint(h.Version.Block), cborUint(h.Version.App), cborText(h.ChainID), cborInt(h.Height), cborTime(h.Time),
		cborBlockID(h.LastBlockID), cborBytes(h.LastCommitHash), cborBytes(h.DataHash), cborBytes(h.ValidatorsHash),
		cborBytes(h.NextValidatorsHash), cborBytes(h.ConsensusHash), cborBytes(h.AppHash),
		cborBytes(h.LastResultsHash), cborBytes(h.EvidenceHash), cborBytes(h.ProposerAddress),
	)
}

func cborCommit(c *types.Commit) []byte {
	var sigs [][]byte
	for _, s := range c.Signatures {
		sigs = append(sigs, cborArray(
			cborUint(uint64(s.BlockIDFlag)), cborBytes(s.ValidatorAddress), cborTime(s.Timestamp), cborBytes(s.Signature),
		))
	}
	return cborArray(cborInt(c.Height), cborInt(int64(c.Round)), cborBlockID(c.BlockID), cborArray(sigs...))
}

func cborValidators(set *types.ValidatorSet) []byte {
	var all [][]byte
	for _, v := range set.Validators {
		all = append(all, cborArray(cborBytes(v.Address), cborBytes(v.PubKey.Bytes()), cborInt(v.VotingPower)))
	}
	return cborArray(all...)
}

func cborLightBlock(h *types.Header, c *types.Commit, set *types.ValidatorSet) []byte {
	return cborArray(cborUint(2), cborHeader(h), cborCommit(c), cborValidators(set))
}
