package main

import (
	"bytes"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"
)

// CometBFT checks votes by ZIP-215: points may have any encoding and any order, S is below the group order L, and the
// equation is checked times 8, which takes every part of small order away.

// owner is a key that signs with points and scalars of its own choice, as no library lets it.
type owner struct {
	public []byte
	secret *scalar.Scalar
}

// plainKey is key(n), as an owner.
func plainKey(n int) owner {
	seed := sha512.Sum512(key(n)[:32])
	seed[0], seed[31] = seed[0]&248, seed[31]&63|64
	return owner{key(n).PubKey().Bytes(), must(scalar.NewFromBits(seed[:32]))}
}

// mixedKey is key(n) with a point of order 8 added to its public key.
func mixedKey(n int) owner {
	plain := plainKey(n)
	return owner{withTorsion(plain.public, 1), plain.secret}
}

// sign gives a signature whose R has torsion times the point of order 8 added to it.
func (o owner) sign(message []byte, torsion int) []byte {
	nonce := reduced(o.public, message)
	r := compress(curve.NewEdwardsPoint().MulBasepoint(curve.ED25519_BASEPOINT_TABLE, nonce))
	return o.signWith(withTorsion(r, torsion), nonce, message)
}

// signWith gives the signature R ‖ nonce + H(R ‖ A ‖ M)·secret.
func (o owner) signWith(r []byte, nonce *scalar.Scalar, message []byte) []byte {
	s := scalar.New().Mul(reduced(r, o.public, message), o.secret)
	return append(bytes.Clone(r), scalarBytes(s.Add(s, nonce))...)
}

// small is H(R ‖ A ‖ M) modulo 8: 0 where a part of small order in A changes nothing.
func small(signature, public, message []byte) int {
	return int(scalarBytes(reduced(signature[:32], public, message))[0] & 7)
}

func reduced(parts ...[]byte) *scalar.Scalar {
	wide := sha512.Sum512(bytes.Join(parts, nil))
	return must(scalar.NewFromBytesModOrderWide(wide[:]))
}

func scalarBytes(s *scalar.Scalar) []byte {
	out := make([]byte, 32)
	if err := s.ToBytes(out); err != nil {
		panic(err)
	}
	return out
}

func compress(p *curve.EdwardsPoint) []byte {
	return bytes.Clone(curve.NewCompressedEdwardsY().SetEdwardsPoint(p)[:])
}

func withTorsion(point []byte, times int) []byte {
	p := must(curve.NewEdwardsPoint().SetCompressedY(must(curve.NewCompressedEdwardsYFromBytes(point))))
	return compress(p.Add(p, curve.EIGHT_TORSION[times]))
}

func unhex(text string) []byte { return must(hex.DecodeString(text)) }

// smallOrder lists every encoding of a point of small order: the eight points, and six spellings that are not canonical.
func smallOrder() [][]byte {
	var out [][]byte
	for _, p := range curve.EIGHT_TORSION {
		out = append(out, compress(p))
	}
	zeros, ones := strings.Repeat("00", 30), strings.Repeat("ff", 30)
	for _, spelling := range []string{
		"01" + zeros + "80", "ee" + ones + "7f", "ee" + ones + "ff", "ec" + ones + "ff", "ed" + ones + "7f", "ed" + ones + "ff",
	} {
		out = append(out, unhex(spelling))
	}
	return out
}

func signatureVectors() object {
	return object{"small_order": smallOrderPairs(), "signatures": signatureCases()}
}

// smallOrderPairs are the signatures R ‖ 0 under keys A, for all encodings A (rows) and R (columns) of small order.
func smallOrderPairs() object {
	message, points := []byte("Zcash"), []string{}
	rows := []string{}
	for _, a := range smallOrder() {
		points = append(points, hexOf(a))
		row := ""
		for _, r := range smallOrder() {
			row += map[bool]string{true: "1", false: "0"}[verifies(a, message, append(bytes.Clone(r), make([]byte, 32)...))]
		}
		rows = append(rows, row)
	}
	return object{"message": hexOf(message), "points": points, "accepted": rows}
}

// signatureCases are single signatures: CometBFT's verdict, and that of the strict rule.
func signatureCases() []object {
	var out []object
	add := func(name string, strict bool, public, message, signature []byte) {
		accepted := verifies(public, message, signature)
		if strict && !accepted {
			panic("the strict rule accepts no more than CometBFT: " + name)
		}
		out = append(out, object{
			"name": name, "public_key": hexOf(public), "message": hexOf(message), "signature": hexOf(signature),
			"strict": strict, "cometbft": accepted,
		})
	}
	plain, mixed, message := plainKey(0), mixedKey(1), []byte("a vote")
	honest := must(key(0).Sign(message))
	add("honest", true, plain.public, message, honest)
	add("honest, empty message", true, plain.public, nil, must(key(0).Sign(nil)))
	add("another message", false, plain.public, []byte("a Vote"), honest)
	add("another key", false, key(1).PubKey().Bytes(), message, honest)
	for _, bit := range []int{0, 255, 256, 507} {
		add(fmt.Sprintf("bit %d of the signature", bit), false, plain.public, message, flipped(honest, bit))
	}
	add("bit 0 of the key", false, flipped(plain.public, 0), message, honest)
	add("the sign of the key", false, flipped(plain.public, 255), message, honest)
	add("63 bytes", false, plain.public, message, honest[:63])
	add("65 bytes", false, plain.public, message, append(bytes.Clone(honest), 0))
	add("S + L", false, plain.public, message, append(bytes.Clone(honest[:32]), plusOrder(honest[32:])...))
	add("S = L, R and key neutral", false, smallOrder()[0], message, append(smallOrder()[0], plusOrder(make([]byte, 32))...))
	add("S with its top bits", false, plain.public, message, flipped(honest, 511))

	// Enough messages that every value of the hash modulo 8 comes with both of the mixed points.
	for seen, n := map[int]bool{}, 0; len(seen) < 8; n++ {
		message := []byte(fmt.Sprintf("vote %d", n))
		signature := mixed.sign(message, 0)
		if k := small(signature, mixed.public, message); !seen[k] {
			seen[k] = true
			add(fmt.Sprintf("a part of small order in the key, hash %d mod 8", k), k == 0, mixed.public, message, signature)
		}
	}
	for torsion := 1; torsion < 8; torsion++ {
		add(fmt.Sprintf("point %d of small order added to R", torsion), false, plain.public, message, plain.sign(message, torsion))
	}
	for n, both := 0, 0; both < 2; n++ {
		message := []byte(fmt.Sprintf("both %d", n))
		signature := mixed.sign(message, 1)
		// The parts of R and of the key cancel where 1 + hash = 0 mod 8: then the equation holds as it stands.
		cancels := (1+small(signature, mixed.public, message))%8 == 0
		if cancels == (both == 0) {
			add(fmt.Sprintf("small parts in R and key, cancelling: %v", cancels), cancels, mixed.public, message, signature)
			both++
		}
	}
	for i, r := range smallOrder() {
		add(fmt.Sprintf("R is encoding %d of small order, the key is plain", i), false, plain.public, message,
			plain.signWith(r, scalar.New(), message))
		nonce := reduced([]byte("nonce"))
		ordinary := compress(curve.NewEdwardsPoint().MulBasepoint(curve.ED25519_BASEPOINT_TABLE, nonce))
		add(fmt.Sprintf("the key is encoding %d of small order, R is plain", i), false, r, message,
			append(ordinary, scalarBytes(nonce)...))
	}
	respelt := plain.signWith(smallOrder()[0], scalar.New(), message)
	copy(respelt, smallOrder()[9])
	add("R spelt otherwise after it was hashed", false, plain.public, message, respelt)

	off := append([]byte{2}, make([]byte, 31)...)
	add("a key that is no point", false, off, message, honest)
	add("an R that is no point", false, plain.public, message, append(bytes.Clone(off), honest[32:]...))
	beyond := unhex("f0" + strings.Repeat("ff", 30) + "7f") // y = 3 spelt as p + 3: a point, but of nobody's key
	add("a key that is spelt beyond the field", false, beyond, message, honest)
	add("an R that is spelt beyond the field", false, plain.public, message, append(beyond, honest[32:]...))

	for random, n := seeded(), 0; n < 8; n++ {
		signature := make([]byte, 64)
		random.Read(signature)
		signature[63] &= 15
		add(fmt.Sprintf("random bytes %d", n), false, plain.public, message, signature)
	}
	return out
}

func verifies(public, message, signature []byte) bool {
	return ed25519.PubKey(public).VerifySignature(message, signature)
}

// plusOrder adds the order L of the group to a scalar.
func plusOrder(s []byte) []byte {
	order := unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
	out, carry := make([]byte, 32), 0
	for i := range out {
		carry += int(s[i]) + int(order[i])
		out[i], carry = byte(carry), carry>>8
	}
	return out
}
