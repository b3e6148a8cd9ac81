# The two commands of a newcomer are `make run` and `make test`; `make help` lists all.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run check format test bench bench-peers parity docs results screenshots

BIN := .venv/bin
CODE := ares_desktop strategies tests benchmarks scripts
# Options for the program or for pytest: make run ARGS="--feed synthetic:7", make test ARGS="-k ledger"
ARGS ?=
# Without bytecode every process that a test starts would compile the whole program anew.
export PYTHONDONTWRITEBYTECODE =

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## install what is missing: uv, the locked packages in .venv, Qt's system libraries
	@scripts/setup

run: setup ## open Ares Desktop; without a screen it runs headless
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY$$QT_QPA_PLATFORM" ] || [ "$$(uname -s)" != Linux ]; then \
		exec $(BIN)/ares-desktop run $(ARGS); \
	else \
		echo 'No screen here: running without a window. Stop with Ctrl-C, ask with .venv/bin/ares-desktop status.' >&2; \
		exec $(BIN)/ares-desktop run --headless $(ARGS); \
	fi

check: setup ## lint, format, types and import contracts
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/ruff format --check --quiet $(CODE)
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy

format: setup ## let ruff fix and format the code
	@$(BIN)/ruff check --fix --quiet $(CODE)
	@$(BIN)/ruff format --quiet $(CODE)

test: check ## everything that must hold before a commit is pushed
	@$(BIN)/pytest -n 2 --dist worksteal $(ARGS)

bench: setup ## run each benchmark; every one prints a line of JSON
	@set -e; for script in benchmarks/*.py; do case $${script##*/} in _*) ;; *) $(BIN)/python $$script ;; esac; done

bench-peers: setup ## install the backtesters that ours is compared with, apart from it in .peers
	@scripts/peers

parity: bench-peers ## play the same rules here and in two public backtesters, and write benchmarks/parity.md
	@$(BIN)/python scripts/parity.py

docs: setup ## write the pages on settings and events anew
	@$(BIN)/python scripts/reference_pages.py

results: setup ## play the bundled strategies on real data, and write their results and docs/strategies.md
	@$(BIN)/python scripts/strategy_results.py $(ARGS)

screenshots: setup ## take the pictures of the README and the guide anew
	@$(BIN)/python -m scripts.screenshots
