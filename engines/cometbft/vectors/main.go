// Command vectors writes into a folder, as JSON, what CometBFT's own types make of headers, validator sets, commits,
// block data and light blocks (light_block.json), of true and false commits and of steps between light blocks
// (light_client.json), and of signatures at the edges of Ed25519 (ed25519_votes.json). The files are the same for every
// run; the product's tests read them from tests/vectors.
package main

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/light"
	cmtversion "github.com/cometbft/cometbft/proto/tendermint/version"
	"github.com/cometbft/cometbft/types"
	"github.com/cometbft/cometbft/version"
)

const maxClockDrift = 10 * time.Second

type object = map[string]any

func main() {
	if len(os.Args) != 2 {
		panic("usage: vectors FOLDER")
	}
	write("light_block.json", lightBlockVectors())
	write("light_client.json", lightClientVectors())
	write("ed25519_votes.json", signatureVectors())
}

func write(name string, vectors object) {
	vectors["made_with"] = "CometBFT " + version.TMCoreSemVer
	file := must(os.Create(filepath.Join(os.Args[1], name)))
	out := json.NewEncoder(file)
	out.SetIndent("", " ")
	if err := errors.Join(out.Encode(vectors), file.Close()); err != nil {
		panic(err)
	}
}

func lightBlockVectors() object {
	blocks := chain()
	return object{
		"headers":          headers(),
		"validator_sets":   validatorSets(),
		"commits":          commits(),
		"transactions":     transactions(),
		"results":          results(),
		"consensus_params": consensusParams(),
		"light_blocks":     append(blocks, weakBlocks()...).form(),
		"light_client":     lightClient(blocks),
	}
}

func headers() []object {
	set, next := setOf(member{0, 1}), setOf(member{1, 1})
	last := types.BlockID{Hash: digest("last"), PartSetHeader: types.PartSetHeader{Total: 3, Hash: digest("parts")}}
	ordinary := header(7, set, next, last, nil)
	first := header(1, set, set, types.BlockID{}, nil)
	first.AppHash = nil

	epoch := header(2, set, set, last, nil)
	epoch.Time, epoch.Version.App = time.Unix(0, 0).UTC(), 0

	before := header(3, set, set, last, nil)
	before.Time = time.Unix(-2, 999_999_999).UTC()

	nanosecond := header(4, set, set, last, nil)
	nanosecond.Time = time.Unix(1_700_000_000, 1).UTC()

	greatest := header(math.MaxInt64, set, next, last, nil)
	greatest.Version = cmtversion.Consensus{Block: math.MaxUint64, App: math.MaxUint64}
	greatest.ChainID = "abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789abcdef"
	greatest.Time = time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	greatest.LastBlockID.PartSetHeader.Total = math.MaxUint32
	greatest.AppHash = append(digest("long"), digest("app hash")...)

	var out []object
	for _, c := range []struct {
		name string
		h    *types.Header
	}{
		{"ordinary", ordinary},
		{"first block: no block before it, no app hash", first},
		{"time zero, app version zero", epoch},
		{"time before 1970", before},
		{"one nanosecond", nanosecond},
		{"greatest values", greatest},
	} {
		out = append(out, object{"name": c.name, "header": headerForm(c.h), "hash": hexOf(c.h.Hash())})
	}
	return out
}

func validatorSets() []object {
	var out []object
	for _, c := range []struct {
		name string
		set  *types.ValidatorSet
	}{
		{"one", setOf(member{0, 1})},
		{"one with all the power there is", setOf(member{0, types.MaxTotalVotingPower})},
		{"four of different power", four()},
		{"seven, most of equal power", seven()},
	} {
		out = append(out, object{
			"name": c.name, "validators": validatorsForm(c.set), "hash": hexOf(c.set.Hash()),
			"total_power": decimal(c.set.TotalVotingPower()),
		})
	}
	return out
}

func commits() []object {
	h4 := header(5, four(), four(), types.BlockID{}, nil)
	h7 := header(6, seven(), seven(), types.BlockID{}, nil)
	greatest := header(math.MaxInt64, setOf(member{0, 1}), four(), types.BlockID{}, nil)
	greatest.Time = time.Unix(1_700_000_000, 999_999_999).UTC()
	var out []object
	for _, c := range []struct {
		name   string
		commit *types.Commit
	}{
		{"all for the block", commitOf(h4, four(), 0, "cccc")},
		{"absent and nil votes, in round 3", commitOf(h7, seven(), 3, "cacncca")},
		{"greatest height and round", commitOf(greatest, setOf(member{0, 1}), math.MaxInt32, "c")},
	} {
		var signBytes []any
		for i, sig := range c.commit.Signatures {
			if sig.BlockIDFlag == types.BlockIDFlagAbsent {
				signBytes = append(signBytes, nil)
				continue
			}
			signBytes = append(signBytes, hexOf(c.commit.VoteSignBytes(chainID, int32(i))))
		}
		out = append(out, object{
			"name": c.name, "chain_id": chainID, "commit": commitForm(c.commit),
			"sign_bytes": signBytes, "hash": hexOf(c.commit.Hash()),
		})
	}
	return append(out, object{
		"name": "the first block's last commit", "chain_id": chainID, "commit": nil,
		"sign_bytes": []any{}, "hash": hexOf((&types.Commit{}).Hash()),
	})
}

func transactions() []object {
	var out []object
	for _, txs := range []types.Txs{
		{},
		{types.Tx{}},
		{types.Tx("a")},
		{types.Tx("a"), types.Tx("b"), types.Tx("c")},
		{types.Tx("a"), types.Tx("b"), types.Tx("c"), types.Tx("d"), types.Tx("e"), types.Tx("f"), types.Tx("g")},
	} {
		list := []string{}
		for _, tx := range txs {
			list = append(list, hexOf(tx))
		}
		out = append(out, object{"txs": list, "hash": hexOf(txs.Hash())})
	}
	return out
}

func results() []object {
	var out []object
	for _, list := range [][]*abci.ExecTxResult{
		{},
		{{}},
		{{Code: 0, Data: []byte("done"), GasWanted: 1, GasUsed: 2, Log: "never hashed", Info: "nor this"}},
		{
			{Code: 5, Data: digest("a")},
			{Code: math.MaxUint32, Data: make([]byte, 200), GasWanted: math.MaxInt64, GasUsed: -1},
			{GasWanted: -1, GasUsed: math.MinInt64},
		},
	} {
		form := []object{}
		for _, r := range list {
			form = append(form, object{
				"code": r.Code, "data": hexOf(r.Data), "gas_wanted": decimal(r.GasWanted), "gas_used": decimal(r.GasUsed),
			})
		}
		out = append(out, object{"results": form, "hash": hexOf(types.NewResults(list).Hash())})
	}
	return out
}

func consensusParams() []object {
	var out []object
	standard := types.DefaultConsensusParams()
	for _, c := range []struct {
		name             string
		maxBytes, maxGas int64
	}{
		{"default", standard.Block.MaxBytes, standard.Block.MaxGas},
		{"no limits", -1, -1},
		{"small", 1 << 20, 0},
		{"greatest", math.MaxInt64, math.MaxInt64},
	} {
		params := *standard
		params.Block = types.BlockParams{MaxBytes: c.maxBytes, MaxGas: c.maxGas}
		out = append(out, object{
			"name": c.name, "max_bytes": decimal(c.maxBytes), "max_gas": decimal(c.maxGas), "hash": hexOf(params.Hash()),
		})
	}
	return out
}

// four has a member, validator 0, with exactly a third of its power.
func four() *types.ValidatorSet {
	return setOf(member{0, 10}, member{1, 9}, member{2, 7}, member{3, 4})
}

// seven shares only validator 0 with four.
func seven() *types.ValidatorSet {
	return setOf(member{0, 5}, member{4, 5}, member{5, 5}, member{6, 5}, member{7, 5}, member{8, 7}, member{9, 1})
}

type lightBlock struct {
	name string
	*types.LightBlock
}

type lightBlocks []lightBlock

// chain is seven blocks in a row whose validators change: one, one, four, four, seven, seven, three strangers.
func chain() lightBlocks {
	one, strangers := setOf(member{0, 1}), setOf(member{10, 1}, member{11, 1}, member{12, 1})
	sets := []*types.ValidatorSet{one, one, four(), four(), seven(), seven(), strangers, strangers}
	votes := []string{"c", "c", "cccc", "ccac", "ccccncc", "cccaccc", "ccc"}
	var out lightBlocks
	last, lastCommit := types.BlockID{}, (*types.Commit)(nil)
	for i, vote := range votes {
		h := header(int64(i+1), sets[i], sets[i+1], last, lastCommit)
		c := commitOf(h, sets[i], int32(i%2), vote)
		out = append(out, block("block of a chain", h, c, sets[i]))
		last, lastCommit = c.BlockID, c
	}
	return out
}

// weakBlocks are well signed but for the power behind them.
func weakBlocks() lightBlocks {
	equal := setOf(member{0, 1}, member{1, 1}, member{2, 1})
	h3 := header(3, equal, equal, types.BlockID{}, nil)
	h4 := header(4, four(), four(), types.BlockID{}, nil)
	return lightBlocks{
		block("exactly two thirds", h3, commitOf(h3, equal, 0, "cca"), equal),
		block("two thirds and votes for no block", h3, commitOf(h3, equal, 0, "ccn"), equal),
		block("20 of 30", h4, commitOf(h4, four(), 0, "caca"), four()),
		block("21 of 30", h4, commitOf(h4, four(), 0, "cacc"), four()),
		block("nobody for the block", h4, commitOf(h4, four(), 0, "nnaa"), four()),
	}
}

func block(name string, h *types.Header, c *types.Commit, set *types.ValidatorSet) lightBlock {
	return lightBlock{name, &types.LightBlock{SignedHeader: &types.SignedHeader{Header: h, Commit: c}, ValidatorSet: set}}
}

func (blocks lightBlocks) form() []object {
	var out []object
	for _, b := range blocks {
		if err := b.ValidateBasic(chainID); err != nil {
			panic(err)
		}
		out = append(out, object{
			"name": b.name, "chain_id": chainID, "header": headerForm(b.Header), "commit": commitForm(b.Commit),
			"validators": validatorsForm(b.ValidatorSet), "hash": hexOf(b.Hash()),
			"cbor":    hexOf(cborLightBlock(b.Header, b.Commit, b.ValidatorSet)),
			"verdict": verdict(b.ValidatorSet.VerifyCommit(chainID, b.Commit.BlockID, b.Height, b.Commit)),
		})
	}
	return out
}

// lightClient is CometBFT's verdict on going from one block of the chain to a later one.
func lightClient(blocks lightBlocks) []object {
	var out []object
	ask := func(trusted, new int, period time.Duration, now time.Time) {
		from, to := blocks[trusted], blocks[new]
		err := light.Verify(from.SignedHeader, from.ValidatorSet, to.SignedHeader, to.ValidatorSet,
			period, now, maxClockDrift, light.DefaultTrustLevel)
		out = append(out, object{
			"trusted": trusted, "new": new, "trust_period_ms": period.Milliseconds(), "now_ms": decimal(now.UnixMilli()),
			"verdict": verdict(err),
		})
	}
	for trusted := range blocks {
		for new := range blocks {
			if new != trusted {
				ask(trusted, new, time.Hour, genesisTime.Add(10*time.Minute))
			}
		}
	}
	end := blocks[0].Time.Add(time.Hour)
	for _, now := range []time.Time{end.Add(-time.Millisecond), end, end.Add(time.Millisecond)} {
		ask(0, 1, time.Hour, now)
		ask(0, 2, time.Hour, now)
	}
	edge := blocks[1].Time.Add(-maxClockDrift)
	for _, now := range []time.Time{edge.Add(-time.Millisecond), edge, edge.Add(time.Millisecond)} {
		ask(0, 1, time.Hour, now)
	}
	return out
}

// verdict names what CometBFT said by the product's own error code.
func verdict(err error) string {
	var failed light.ErrVerificationFailed
	if errors.As(err, &failed) {
		err = failed.Reason
	}
	var invalid light.ErrInvalidHeader
	if errors.As(err, &invalid) {
		err = invalid.Reason
	}
	var untrusted light.ErrNewValSetCantBeTrusted
	var expired light.ErrOldHeaderExpired
	var power types.ErrNotEnoughVotingPowerSigned
	switch {
	case err == nil:
		return "proven"
	case errors.As(err, &untrusted):
		return "not-enough-trust"
	case errors.As(err, &expired):
		return "trust-expired"
	case errors.As(err, &power):
		return "not-enough-power"
	case strings.Contains(err.Error(), "wrong signature"):
		return "bad-signature"
	}
	return "wrong-block"
}
