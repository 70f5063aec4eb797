# Two commands set everything up: `make demo` runs the product, `make test` proves it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_ARGS ?=
SIMULATE_ARGS ?=
# In two processes on two cores; `tests/conftest.py` says what stays together and what comes first.
PYTEST_ARGS ?= -n 2 --dist loadfile --no-loadscope-reorder
# Per cent of the mutants that `make mutants` tests.
SHARE ?= 100
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test simulate lint format bench soak eval mutants screens servers clean help

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: $(VENV)/.run ## everything on this machine: broker, Redis, ingest, worker, wall, a simulated day
	$(BIN)/gridpulse demo $(DEMO_ARGS)

test: $(VENV)/.dev servers ## all tests, on real servers where they can be had
	$(BIN)/pytest $(PYTEST_ARGS)

simulate: $(VENV)/.dev ## 10,000 simulated days of the whole line, each with its own faults
	$(BIN)/python -m tests.simulation $(SIMULATE_ARGS)

lint: $(VENV)/.dev ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev ## rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.bench servers ## all benchmarks; figures go to docs/performance.md by hand
	$(BIN)/python -m benchmarks

soak: $(VENV)/.dev servers ## 20,000 readings a second for ten minutes; a million hostile messages; slow tests; the API at length
	$(BIN)/python -m benchmarks.soak
	$(BIN)/python -m benchmarks.hostile
	$(BIN)/pytest --timeout 3600 -m slow
	SPELLING_EXAMPLES=40 $(BIN)/pytest --timeout 3600 tests/ops/files/test_spelled_commands.py
	SCHEMATHESIS_EXAMPLES=200 $(BIN)/pytest --timeout 1800 tests/dashboards/api/test_schemathesis.py

eval: $(VENV)/.dev ## recompute every detection figure of docs/detection.md
	$(BIN)/python -m benchmarks.quality

mutants: $(VENV)/.bench ## mutation testing of warnings, timing and situation; SHARE=15 tests a sample
	$(BIN)/python -m benchmarks.mutants --share $(SHARE)

screens: $(VENV)/.dev servers ## pictures of every page in every size for docs/screens
	$(BIN)/python -m tests.browser.screens

# Apache Kafka where there is a JDK with Maven; Chromium, CJK fonts and Redis where apt may install.
servers: $(VENV)/.dev
	@$(BIN)/python -m ops.kafka.apache || true
	@sh ops/system-packages.sh

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Gridpulse needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP_INSTALL) --no-deps --require-hashes -r requirements.lock
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(PIP_INSTALL) --no-deps --require-hashes -r requirements-dev.lock
	$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run

$(VENV)/.bench: requirements-bench.lock $(VENV)/.dev
	$(PIP_INSTALL) --no-deps --require-hashes -r requirements-bench.lock
	@touch $@

clean: ## remove what was installed and fetched
	rm -rf $(VENV) .cache var
