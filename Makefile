# Veriwatt. `make help` lists the targets; `make demo` and `make test` are all a newcomer needs.

VENV := .venv
BIN := $(VENV)/bin
LOCKS := requirements/build.lock requirements/run.lock
BENCH ?= ingest ledger verify query store
# A short round keeps `check` under two minutes; `make test` runs everything.
QUICK := not slow and not browser and not engine
# The tests of one file share what it builds, and stay together.
PARALLEL := -n auto --dist loadfile
# Tests of networks and browsers wait much of their time: one worker more than there are cores, in the order that
# tests/conftest.py gives.
WAITING := -n $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help demo test lint check vectors bench drill-ledger drill-node drill-soundness engines test-next-engine lock proto clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z.-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/.run ## a consortium in miniature: collects, anchors, proves, serves the page (ARGS=--no-serve exits)
	@$(BIN)/veriwatt demo $(ARGS)

test: $(VENV)/.dev ## every test, with the packages and modules they need where those can be had (ARGS go to pytest)
	@sh scripts/system-packages.sh chromium
	@sh scripts/go-modules.sh $(VENV)
	@$(MAKE) --no-print-directory --keep-going engines || echo "Tests of networks, or of IPFS, are skipped: not every engine can be built here." >&2
	@$(BIN)/python -m pytest $(PARALLEL) $(WAITING) $(ARGS)

lint: $(VENV)/.dev ## ruff (format and lint) and mypy
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy

check: lint ## lint, the architecture and the unit tests
	@$(BIN)/python -m pytest -q $(PARALLEL) -m "$(QUICK)" tests/architecture tests/unit

vectors: $(VENV)/.dev ## regenerate the test vectors; with CI=true any difference fails
	@for maker in tests/vectors/make_*.py; do echo "$$maker"; PYTHONPATH=. $(BIN)/python "$$maker" || exit 1; done
	@sh scripts/go-vectors.sh $(VENV)
	@if [ "$$CI" = true ]; then git add -N tests/vectors && git diff --exit-code -- tests/vectors; fi

bench: $(VENV)/.run ## the benchmarks, each beside its floor (BENCH="ingest verify" chooses)
	@for each in $(BENCH); do $(BIN)/veriwatt bench $$each $(ARGS) || exit 1; done

drill-node: $(VENV)/.dev ## does the node stand? kills, floods, outages, damages, growth (ARGS=--short: eight minutes) into build/drills/node.json
	@$(BIN)/python -m tests.drills.node $(ARGS)

drill-ledger: $(VENV)/.dev build/engines/cometbft ## does the network of validators stand? faults, loads, hostile members (ARGS=--short: a quarter of an hour) into build/drills/ledger.json
	@sh scripts/system-packages.sh chromium
	@$(BIN)/python -m tests.drills.ledger $(ARGS)

drill-soundness: $(VENV)/.dev ## is nothing false proven, no figure untrue? (ARGS=--short: eight minutes) into build/drills/soundness.json
	@sh scripts/system-packages.sh chromium
	@$(BIN)/python -m tests.drills.soundness $(ARGS)

engines: build/engines/cometbft build/engines/kubo ## CometBFT (ledgers of several operators) and Kubo (stores on IPFS), from engines/ into build/engines

build/engines/%: engines/%/go.mod engines/%/go.sum | $(VENV)/.run
	@sh scripts/engines.sh $(VENV) $*
	@touch $@

test-next-engine: $(VENV)/.dev ## the ledger's tests with CometBFT v0.40 instead of v0.38, from engines/cometbft-0.40
	@sh scripts/test-next-engine.sh $(VENV) cometbft-0.40

lock: ## resolve the dependencies anew into requirements/*.lock
	@sh scripts/lock.sh

proto: ## write the code of ABCI's messages from ledger/comet/abci.proto anew
	@sh scripts/proto.sh

clean: ## remove the environment and everything built
	rm -rf $(VENV) build dist demo-home demo-home-outside .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.run: $(LOCKS) pyproject.toml
	@sh scripts/environment.sh $(VENV) $(LOCKS)
	@touch $@

$(VENV)/.dev: $(LOCKS) requirements/dev.lock pyproject.toml
	@sh scripts/environment.sh $(VENV) $(LOCKS) requirements/dev.lock
	@touch $(VENV)/.run $@
