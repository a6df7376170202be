package main

import (
	"encoding/hex"
	"strconv"
	"time"

	"github.com/cometbft/cometbft/types"
)

// The JSON form of CometBFT's records. Bytes are lower-case hex; 64-bit integers are decimal strings,
// so that no reader rounds them.

type timeJSON struct {
	Seconds string `json:"seconds"`
	Nanos   int    `json:"nanos"`
}

type blockIDJSON struct {
	Hash       string `json:"hash"`
	PartsTotal uint32 `json:"parts_total"`
	PartsHash  string `json:"parts_hash"`
}

type headerJSON struct {
	VersionBlock       string       `json:"version_block"`
	VersionApp         string       `json:"version_app"`
	ChainID            string       `json:"chain_id"`
	Height             string       `json:"height"`
	Time               timeJSON     `json:"time"`
	LastBlockID        *blockIDJSON `json:"last_block_id"`
	LastCommitHash     string       `json:"last_commit_hash"`
	DataHash           string       `json:"data_hash"`
	ValidatorsHash     string       `json:"validators_hash"`
	NextValidatorsHash string       `json:"next_validators_hash"`
	ConsensusHash      string       `json:"consensus_hash"`
	AppHash            string       `json:"app_hash"`
	LastResultsHash    string       `json:"last_results_hash"`
	EvidenceHash       string       `json:"evidence_hash"`
	ProposerAddress    string       `json:"proposer_address"`
}

type commitSigJSON struct {
	Flag             int      `json:"flag"`
	ValidatorAddress string   `json:"validator_address"`
	Timestamp        timeJSON `json:"timestamp"`
	Signature        string   `json:"signature"`
}

type commitJSON struct {
	Height     string          `json:"height"`
	Round      int32           `json:"round"`
	BlockID    blockIDJSON     `json:"block_id"`
	Signatures []commitSigJSON `json:"signatures"`
}

type validatorJSON struct {
	Address   string `json:"address"`
	PublicKey string `json:"public_key"`
	Power     string `json:"power"`
}

func hexOf(raw []byte) string { return hex.EncodeToString(raw) }

func decimal(number int64) string { return strconv.FormatInt(number, 10) }

func timeForm(at time.Time) timeJSON { return timeJSON{decimal(at.Unix()), at.Nanosecond()} }

func blockIDForm(id types.BlockID) blockIDJSON {
	return blockIDJSON{hexOf(id.Hash), id.PartSetHeader.Total, hexOf(id.PartSetHeader.Hash)}
}

func headerForm(h *types.Header) headerJSON {
	form := headerJSON{
		VersionBlock:       strconv.FormatUint(h.Version.Block, 10),
		VersionApp:         strconv.FormatUint(h.Version.App, 10),
		ChainID:            h.ChainID,
		Height:             decimal(h.Height),
		Time:               timeForm(h.Time),
		LastCommitHash:     hexOf(h.LastCommitHash),
		DataHash:           hexOf(h.DataHash),
		ValidatorsHash:     hexOf(h.ValidatorsHash),
		NextValidatorsHash: hexOf(h.NextValidatorsHash),
		ConsensusHash:      hexOf(h.ConsensusHash),
		AppHash:            hexOf(h.AppHash),
		LastResultsHash:    hexOf(h.LastResultsHash),
		EvidenceHash:       hexOf(h.EvidenceHash),
		ProposerAddress:    hexOf(h.ProposerAddress),
	}
	if !h.LastBlockID.IsZero() {
		id := blockIDForm(h.LastBlockID)
		form.LastBlockID = &id
	}
	return form
}

func commitForm(c *types.Commit) commitJSON {
	form := commitJSON{decimal(c.Height), c.Round, blockIDForm(c.BlockID), nil}
	for _, sig := range c.Signatures {
		form.Signatures = append(form.Signatures, commitSigJSON{
			int(sig.BlockIDFlag), hexOf(sig.ValidatorAddress), timeForm(sig.Timestamp), hexOf(sig.Signature),
		})
	}
	return form
}

func validatorsForm(set *types.ValidatorSet) []validatorJSON {
	var form []validatorJSON
	for _, v := range set.Validators {
		form = append(form, validatorJSON{hexOf(v.Address), hexOf(v.PubKey.Bytes()), decimal(v.VotingPower)})
	}
	return form
}
