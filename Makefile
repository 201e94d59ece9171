# make run: set up and serve · make test: set up and test · make check: style, types, imports · make gate: quality floors · make nightly: the long versions
PYTHON ?= python3
PORT ?= 8080
SAMPLE ?= 1
REQUIRE ?=
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test test-fast check gate bench nightly lock clean help

help:
	@sed -n '1p' Makefile

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || { echo "mukarrar needs Python 3.11 or newer; install it or set PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "mukarrar needs Python 3.11 or newer, found $$($(PYTHON) --version); set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "this Python lacks venv; install it (Debian: apt-get install python3-venv)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python requirements.lock pyproject.toml
	@echo "setting up $(VENV) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo "setting up the tools for tests ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.bench: $(VENV)/.dev requirements-bench.lock
	@echo "setting up the peers for benchmarks ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

run: $(VENV)/.run
	@$(BIN)/mukarrar serve --port $(PORT) $(if $(filter 1,$(SAMPLE)),--sample,)

test: $(VENV)/.dev
	@REQUIRE=$(REQUIRE) $(BIN)/python -m pytest

test-fast: $(VENV)/.dev
	@$(BIN)/python -m pytest tests/unit tests/property tests/golden

check: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/hadolint Dockerfile

gate: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.quality_gate

nightly: $(VENV)/.dev
	@NIGHTLY=1 REQUIRE=all $(BIN)/python -m pytest
	@$(BIN)/python -m benchmarks.quality --peers

bench: $(VENV)/.bench
	@$(BIN)/python -m benchmarks.speed
	@$(BIN)/python -m benchmarks.ingest
	@$(BIN)/python -m benchmarks.load
	@$(BIN)/python -m benchmarks.start
	@$(BIN)/python -m benchmarks.memory
	@$(BIN)/python -m benchmarks.growth
	@$(BIN)/python -m benchmarks.store
	@$(BIN)/python -m benchmarks.slow_clients

lock:
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra build pyproject.toml -o requirements.lock
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra dev pyproject.toml -o requirements-dev.lock
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra bench --extra dev pyproject.toml -o requirements-bench.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
