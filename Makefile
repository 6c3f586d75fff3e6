# Everything starts here. `make` lists the commands.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
LOCK := $(shell cksum requirements.lock | cut -d' ' -f1)
INSTALLED := $(VENV)/installed-$(LOCK)
UV_VERSION := 0.13.9
export PYTHONPATH := $(CURDIR)
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help setup run teardown test lint ui workspace stop status validate bench clean lock

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(INSTALLED):
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed; none was found on the PATH ($$(python3 --version 2>&1)). Install one, or say which: make PYTHON=/path/to/python3.12 ..."; exit 1; }
	@echo "Setting up with $(PYTHON): installing packages (a minute or two, once)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python requirements.lock
	@touch $@

setup: $(INSTALLED) ## Install everything, fetch the jars, prepare the engines
	@$(BIN)/python -m include.commands.setup

run: setup ## Run the whole DAG; DATE=2026-11-01 is the business date, CONF='{...}' more params
	@$(BIN)/python -m include.commands.run $(if $(DATE),--date '$(DATE)') $(if $(CONF),--conf '$(CONF)')

teardown: setup ## Show what would be removed; CONF='{"confirm": "<catalog>.<schema>"}' removes it
	@$(BIN)/python -m include.commands.run --dag payment_analysis_teardown $(if $(CONF),--conf '$(CONF)')

test: setup ## Every test
	@$(BIN)/python -m pytest $(ARGS)

lint: $(INSTALLED) ## Style and imports
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

ui: setup ## Workspace, scheduler, triggerer and the Airflow UI; Ctrl-C stops them
	@$(BIN)/python -m include.commands.ui

workspace: setup ## The local workspace alone, in the foreground
	@$(BIN)/python -m include.local_workspace serve

stop: ## Stop the local workspace
	@test ! -x $(BIN)/python || $(BIN)/python -m include.local_workspace stop

status: $(INSTALLED) ## What runs, on which ports, how much memory
	@$(BIN)/python -m include.local_workspace status

validate: $(INSTALLED) ## Check settings, DAGs, SQL, notebooks and dashboards without any engine
	@$(BIN)/python -m include.commands.validate

bench: setup ## Every benchmark; results under bench/results
	@$(BIN)/python -m bench $(ARGS)

lock: $(INSTALLED) ## Make requirements.lock anew from requirements.txt and pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header pyproject.toml --extra local -o requirements.lock

clean: stop ## Remove everything that these commands created
	@rm -rf $(VENV) .workspace .airflow .pytest_cache .ruff_cache .hypothesis reports
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
