# `make demo` and `make test` set up what they need; the second time there is nothing to set up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# What is imported is compiled then; to compile all that is installed takes half a minute more.
INSTALL := $(PIP) install --no-compile

# The tests write thousands of small stores and flush each; no test loses power, so memory will do where there is room.
SCRATCH := $(shell test "$$(df -Pm /dev/shm 2> /dev/null | awk 'NR == 2 { print $$4 }')" -ge 2048 2> /dev/null && echo TMPDIR=/dev/shm)

.PHONY: help setup demo test check chaos format docs bench scaling train lock clean

help: ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/run.done ## everything that runs, into .venv

demo: $(VENV)/run.done ## a sample team: index, triage, then the inbox in your browser
	@$(BIN)/triage demo

test: $(VENV)/test.done check ## what CI runs
	@$(SCRATCH) $(BIN)/python -m pytest -q

check: $(VENV)/test.done ## style, types, floors
	@$(BIN)/ruff format --check --quiet . || { echo "Run: make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache > .lint-imports.txt || { cat .lint-imports.txt; exit 1; }
	@rm -f .lint-imports.txt
	@echo "check: style, types and floors hold"

chaos: $(VENV)/test.done ## kills at full size, a seed each: SEEDS=n make chaos
	@$(BIN)/python -m pytest -q -n 0 -s -m chaos

format: $(VENV)/test.done ## bring the code into shape
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix --quiet .

docs: $(VENV)/test.done ## write the generated parts of the documents anew
	@$(BIN)/python -m scripts.docs

bench: $(VENV)/test.done ## quality and speed on real reports (TRIAGE_DATA), into docs/benchmarks.md
	@$(BIN)/python -m evals.benchmarks

scaling: $(VENV)/test.done ## what one machine bears, on real reports (TRIAGE_DATA), into docs/scaling.md
	@$(BIN)/python -m evals.scaling --write

train: $(VENV)/test.done ## the weights of index and engine anew, from TRIAGE_DATA
	@$(BIN)/python -m evals.train

lock: ## the hashed locks anew, from pyproject.toml; needs uv
	@scripts/lock

clean: ## everything that make made
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; say which with: make PYTHON=python3.12 …"; exit 1; }
	@echo "Setting up $(VENV), about two minutes the first time …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: $(BIN)/python requirements/run.txt pyproject.toml
	@test -e $(VENV)/test.done || $(INSTALL) --no-deps --require-hashes -r requirements/run.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/test.done: requirements/test.txt $(VENV)/run.done
	@$(INSTALL) --no-deps --require-hashes -r requirements/test.txt
	@touch $@
