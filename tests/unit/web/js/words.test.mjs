// Words and messages of a page, read from the two elements that its template renders.
import assert from "node:assert/strict";
import { test } from "node:test";

const TEXTS = {
  words: { "tile.of": "{measured} of {expected} slots", "truth.true": "ja", "ledger.single": "one", "ledger.validators": "{count} signers" },
  messages: {
    errors: { "wrong-host": "Name {host} unbekannt", contradiction: "{what}: {found} statt {expected}" },
    caveats: {},
    parts: { height: "Höhe" },
  },
};
globalThis.document = {
  documentElement: { lang: "de" },
  getElementById: (id) => ({ textContent: JSON.stringify(TEXTS[id]) }),
};
const { has, message, operatorName, translate } = await import("../static/words.js");

test("words take their values; a value that is not given stays a place", () => {
  assert.equal(translate("tile.of", { measured: 3, expected: 4 }), "3 of 4 slots");
  assert.equal(translate("tile.of", { measured: 0 }), "0 of {expected} slots");
});

test("a key without words shows as itself", () => {
  assert.equal(translate("no.such-key"), "no.such-key");
  assert.ok(has("tile.of") && !has("no.such-key"));
});

test("a message is found by kind and code; without one the English text stays", () => {
  assert.equal(message("errors", "wrong-host", { host: "x" }, "English"), "Name x unbekannt");
  assert.equal(message("errors", "unheard-of", {}, "English"), "English");
  assert.equal(message("caveats", "wrong-host", {}, "English"), "English");
});

test("a message names parts and truths in its language, and a dash for a value that is not given", () => {
  assert.equal(message("errors", "contradiction", { what: "height", expected: true }, ""), "Höhe: – statt ja");
});

test("one operator or many validators are named", () => {
  assert.equal(operatorName("single operator"), "one");
  assert.equal(operatorName("4 validators"), "4 signers");
});
