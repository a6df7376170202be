package main

import (
	"context"
	"time"

	dbm "github.com/cometbft/cometbft-db"
	"github.com/cometbft/cometbft/light"
	"github.com/cometbft/cometbft/light/provider"
	"github.com/cometbft/cometbft/light/provider/mock"
	store "github.com/cometbft/cometbft/light/store/db"
	"github.com/cometbft/cometbft/types"
)

func lightClientVectors() object {
	blocks := &table{at: map[string]int{}}
	steps, stricter := stepCases(blocks), stricterCases(blocks)
	return object{
		"commits": commitCases(), "blocks": blocks.list, "steps": steps, "stricter": stricter, "walks": walkCases(),
	}
}

// table holds each block once; steps name it by its place.
type table struct {
	list []string
	at   map[string]int
}

func (t *table) place(b *types.LightBlock) int {
	cbor := cborOf(b)
	if _, ok := t.at[cbor]; !ok {
		t.at[cbor] = len(t.list)
		t.list = append(t.list, cbor)
	}
	return t.at[cbor]
}

// step is a trusted block, a later one, and a clock; asked of light.Verify.
type step struct {
	name         string
	trusted, new *types.LightBlock
	period       time.Duration
	now          time.Time
}

func (s step) form(blocks *table) object {
	return object{
		"name": s.name, "trusted": blocks.place(s.trusted), "new": blocks.place(s.new),
		"trust_period_ms": s.period.Milliseconds(), "now_ms": decimal(s.now.UnixMilli()),
		"verdict": verdict(light.Verify(s.trusted.SignedHeader, s.trusted.ValidatorSet, s.new.SignedHeader, s.new.ValidatorSet,
			s.period, s.now, maxClockDrift, light.DefaultTrustLevel)),
	}
}

// later is a block at a height, an hour and more after genesis, signed as votes say.
func later(height int64, at time.Duration, set, next *types.ValidatorSet, last types.BlockID, votes string) *types.LightBlock {
	h := header(height, set, next, last, nil)
	h.Time = genesisTime.Add(at)
	return block("", h, commitOf(h, set, 0, votes), set).LightBlock
}

// stepCases has the cases of CometBFT's light/verifier_test.go, and its own: exact thirds, forks, changed sets.
func stepCases(blocks *table) []object {
	// 50, 40, 30 and 20 of 140, as in verifier_test.go.
	vals := setOf(member{20, 20}, member{21, 30}, member{22, 40}, member{23, 50})
	other := setOf(member{20, 10}, member{21, 11}, member{22, 12}, member{23, 13})
	first := later(1, 0, vals, vals, types.BlockID{}, "cccc")
	after := first.Commit.BlockID
	hours := func(n int) time.Duration { return time.Duration(n) * time.Hour }
	two := genesisTime.Add(hours(2))
	ordinary := func(name string, b *types.LightBlock) step { return step{name, first, b, hours(3), two} }
	next := func(at time.Duration, votes string) *types.LightBlock { return later(2, at, vals, vals, after, votes) }

	foreign := next(hours(1), "cccc")
	foreign.Header.ChainID = "other-0123456789abcdef"
	foreign.Commit = commitOf(foreign.Header, vals, 0, "cccc")
	nearly := later(1, 1, vals, vals, types.BlockID{}, "cccc")
	inconsistent := next(hours(1), "cccc")
	inconsistent.ValidatorSet = other

	one := func(n int, power int64) *types.ValidatorSet { return setOf(member{n, power}) }
	three := setOf(member{21, 30}, member{22, 40}, member{23, 50})
	// A third of 30, and a third and one, and the sets that leave exactly so much of it.
	thirty := setOf(member{24, 10}, member{25, 11}, member{26, 9})
	at30 := later(1, 0, thirty, thirty, types.BlockID{}, "ccc")
	skip := func(name string, from *types.LightBlock, set *types.ValidatorSet, votes string) step {
		return step{name, from, later(5, hours(1), set, set, types.BlockID{}, votes), hours(3), two}
	}
	late := later(9, hours(1), other, other, types.BlockID{}, "cccc")
	doubled := later(5, hours(1), vals, vals, types.BlockID{}, "cccc")
	doubled.Commit.Signatures[1] = doubled.Commit.Signatures[0]
	rich := setOf(member{20, 1000}, member{30, 1})

	var out []object
	for _, s := range []step{
		ordinary("adjacent: the same header", first),
		ordinary("adjacent: another chain", foreign),
		ordinary("adjacent: an earlier time", next(-hours(1), "cccc")),
		ordinary("adjacent: the same time", next(0, "cccc")),
		ordinary("adjacent: one nanosecond later", next(1, "cccc")),
		ordinary("adjacent: a time to come", next(hours(3), "cccc")),
		ordinary("adjacent: a time to come within the clock drift", next(hours(2)+maxClockDrift-time.Millisecond, "cccc")),
		ordinary("adjacent: one nanosecond within the clock drift", next(hours(2)+maxClockDrift-1, "cccc")),
		ordinary("adjacent: exactly the clock drift", next(hours(2)+maxClockDrift, "cccc")),
		ordinary("adjacent: all signed", next(hours(1), "cccc")),
		ordinary("adjacent: 120 of 140 signed", next(hours(1), "ccca")),
		ordinary("adjacent: 50 of 140 signed", next(hours(1), "caaa")),
		ordinary("adjacent: a set that was not announced", later(2, hours(1), other, vals, after, "cccc")),
		ordinary("adjacent: a set that the header does not name", inconsistent),
		{"adjacent: trust expired", first, next(hours(1), "cccc"), hours(1), genesisTime.Add(hours(1))},
		{"adjacent: trust expires in a nanosecond", nearly,
			later(2, hours(1), vals, vals, nearly.Commit.BlockID, "cccc"), hours(1), genesisTime.Add(hours(1))},
		skip("skipping: all of the new set and of the old signed", first, vals, "cccc"),
		skip("skipping: 120 of 140 signed", first, vals, "ccca"),
		skip("skipping: 50 of 140 signed", first, vals, "caaa"),
		skip("skipping: 120 of the old 140 remain", first, three, "ccc"),
		skip("skipping: 50 of the old 140 remain", first, one(23, 50), "c"),
		skip("skipping: 20 of the old 140 remain", first, one(20, 20), "c"),
		skip("skipping: exactly a third remains", at30, one(24, 1), "c"),
		skip("skipping: a third and one remains", at30, one(25, 1), "c"),
		skip("skipping: a third and one remains, voting for no block", at30, setOf(member{25, 1}, member{30, 9}), "cn"),
		skip("skipping: a third and one remains, absent", at30, setOf(member{25, 1}, member{30, 9}), "ca"),
		skip("skipping: power in the new set counts for nothing", first, rich, "cc"),
		skip("skipping: strangers", first, seven(), "ccccccc"),
		skip("skipping: enough of the old, not of the new", first, setOf(member{23, 2}, member{30, 1}), "ca"),
		{"skipping: one vote twice", first, doubled, hours(3), two},
		{"skipping: back", late, first, hours(3), two},
		{"skipping: a twin of the trusted height", late, later(9, hours(2), other, other, after, "cccc"), hours(3), two},
		{"skipping: later height, same time", late, later(11, hours(1), other, other, after, "cccc"), hours(3), two},
		{"fork by the validators of a time when trust has expired", first, late, hours(2), two},
		{"fork by the validators of a time still trusted", first, late, hours(3), two},
	} {
		out = append(out, s.form(blocks))
	}
	return out
}

// stricterCases are steps that CometBFT's light client takes and the product refuses: what it did not look at.
func stricterCases(blocks *table) []object {
	set := four()
	first := later(1, 0, set, set, types.BlockID{}, "cccc")
	skipping := func(votes string, at int) *types.LightBlock {
		b := later(5, time.Hour, set, set, types.BlockID{}, votes)
		b.Commit.Signatures[at].Signature = flipped(b.Commit.Signatures[at].Signature, 3)
		return b
	}
	stranger := later(5, time.Hour, set, set, types.BlockID{}, "cccn")
	stranger.Commit.Signatures[3].ValidatorAddress = key(9).PubKey().Address()
	now := genesisTime.Add(2 * time.Hour)
	var out []object
	for _, c := range []struct {
		step
		ours string
	}{
		{step{"the next block names none before it", first,
			later(2, time.Hour, set, set, types.BlockID{}, "cccc"), 3 * time.Hour, now}, "wrong-block"},
		{step{"the next block names another before it", first,
			later(2, time.Hour, set, set, blockIDOf(header(9, set, set, types.BlockID{}, nil)), "cccc"), 3 * time.Hour, now},
			"wrong-block"},
		{step{"a false vote beyond two thirds", first, skipping("cccc", 3), 3 * time.Hour, now}, "bad-signature"},
		{step{"a false vote for no block", first, skipping("cccn", 3), 3 * time.Hour, now}, "bad-signature"},
		{step{"a stranger's vote for no block", first, stranger, 3 * time.Hour, now}, "wrong-block"},
	} {
		form := c.form(blocks)
		if form["verdict"] != "proven" {
			panic("not stricter than CometBFT: " + c.name)
		}
		form["ours"] = c.ours
		out = append(out, form)
	}
	return out
}

const walkLength = 24

// changing is a chain of four equal validators of which one leaves and one comes with every block.
func changing() []*types.LightBlock {
	setAt := func(height int) *types.ValidatorSet {
		return setOf(member{height, 1}, member{height + 1, 1}, member{height + 2, 1}, member{height + 3, 1})
	}
	var out []*types.LightBlock
	last, lastCommit := types.BlockID{}, (*types.Commit)(nil)
	for height := 1; height <= walkLength; height++ {
		h := header(int64(height), setAt(height), setAt(height+1), last, lastCommit)
		votes := "cccc"
		if height%7 == 0 {
			votes = "ccac"
		}
		c := commitOf(h, setAt(height), 0, votes)
		out = append(out, block("", h, c, setAt(height)).LightBlock)
		last, lastCommit = c.BlockID, c
	}
	return out
}

// walkCases are journeys of CometBFT's whole light client over a chain whose validators all change, from a primary that
// is honest, or gives other blocks at some heights.
func walkCases() object {
	honest := changing()
	chain := []string{}
	for _, b := range honest {
		chain = append(chain, cborOf(b))
	}
	strangers := setOf(member{30, 1}, member{31, 1}, member{32, 1}, member{33, 1})
	forged := map[int64]*types.LightBlock{}
	for height := int64(2); height < walkLength; height++ {
		h := header(height, strangers, strangers, types.BlockID{}, nil)
		forged[height] = block("", h, commitOf(h, strangers, 0, "cccc"), strangers).LightBlock
	}
	now := genesisTime.Add(10 * time.Minute)
	journeys := []object{}
	for _, j := range []struct {
		name     string
		from, to int64
		false    map[int64]*types.LightBlock
		period   time.Duration
	}{
		{"across every change", 1, walkLength, nil, time.Hour},
		{"the next block", 7, 8, nil, time.Hour},
		{"two changes", 7, 9, nil, time.Hour},
		{"a stretch in the middle", 5, 20, nil, time.Hour},
		{"trust expired", 1, walkLength, nil, 5 * time.Minute},
		{"strangers in between", 1, walkLength, forged, time.Hour},
	} {
		form := object{
			"name": j.name, "from": j.from, "to": j.to, "trust_period_ms": j.period.Milliseconds(),
			"now_ms": decimal(now.UnixMilli()), "forged": map[string]string{},
			"proven": walk(honest, j.false, j.from, j.to, j.period, now) == nil,
		}
		for height, b := range j.false {
			form["forged"].(map[string]string)[decimal(height)] = cborOf(b)
		}
		journeys = append(journeys, form)
	}
	return object{"chain_id": chainID, "chain": chain, "journeys": journeys}
}

func walk(honest []*types.LightBlock, others map[int64]*types.LightBlock, from, to int64, period time.Duration, now time.Time) error {
	headers, sets := map[int64]*types.SignedHeader{}, map[int64]*types.ValidatorSet{}
	for _, b := range honest {
		if other, ok := others[b.Height]; ok {
			b = other
		}
		headers[b.Height], sets[b.Height] = b.SignedHeader, b.ValidatorSet
	}
	ctx := context.Background()
	peer := mock.New(chainID, headers, sets)
	trusted := light.TrustOptions{Period: period, Height: from, Hash: honest[from-1].Hash()}
	client, err := light.NewClient(ctx, chainID, trusted, peer, []provider.Provider{peer}, store.New(dbm.NewMemDB(), chainID))
	if err != nil {
		return err
	}
	_, err = client.VerifyLightBlockAtHeight(ctx, to, now)
	return err
}
