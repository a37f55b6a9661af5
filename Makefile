PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CODE := tap_common tap_desk tap_freshdesk tap_zendesk_chat tap_zendesk_support singer_to_sqlite sandbox tests benchmarks examples docs

.PHONY: help install demo test lint types unit docs clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

install: $(VENV)/installed  ## make .venv with everything in it

$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo '$(PYTHON) is missing or older than 3.11: install Python, or name one: make PYTHON=python3.13'; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo '$(PYTHON) has no venv module: install it (Debian and Ubuntu: python3-venv)'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(VENV)/installed  ## sync a made-up account into one SQLite file, change it, sync again
	$(BIN)/python -m examples.demo $(VENDOR)

test: lint types unit  ## lint, types, tests

lint: $(VENV)/installed
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/lint-imports --no-logo

types: $(VENV)/installed
	$(BIN)/mypy $(CODE)

unit: $(VENV)/installed
	$(BIN)/pytest --numprocesses 4

docs: $(VENV)/installed  ## write the tables that are made from the code
	$(BIN)/python -m docs.make

clean:  ## remove everything that was made
	rm -rf $(VENV) .venvs demo .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
