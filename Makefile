PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CODE := tap_common tap_desk tap_freshdesk tap_zendesk_chat tap_zendesk_support singer_to_sqlite sandbox tests benchmarks examples docs
TYPED := tap_common tap_desk tap_freshdesk tap_zendesk_chat tap_zendesk_support singer_to_sqlite sandbox benchmarks examples docs

.PHONY: help install demo test lint types unit docs clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

install: $(VENV)/installed  ## make .venv with everything in it

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(VENV)/installed  ## sync a made-up account into one SQLite file, change it, sync again
	$(BIN)/python -m examples.demo $(VENDOR)

test: lint types unit  ## lint, types, tests

lint: $(VENV)/installed
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)

types: $(VENV)/installed
	$(BIN)/mypy $(TYPED)

unit: $(VENV)/installed .venvs/contract/installed .venvs/target-jsonl/installed .venvs/target-postgres/installed
	$(BIN)/pytest --numprocesses 4

# The checker and the published targets need other versions of our libraries, so each has an environment of its own.
.venvs/contract/installed: PACKAGES := orjson 'jsonschema>=4' msgspec 'backports-datetime-fromisoformat; python_version < "3.11"'
.venvs/target-jsonl/installed: PACKAGES := target-jsonl==0.1.4 'setuptools<81'
.venvs/target-postgres/installed: PACKAGES := meltanolabs-target-postgres==0.8.1
.venvs/%/installed:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check $(PACKAGES)
	touch $@

docs: $(VENV)/installed  ## write the tables that are made from the code
	$(BIN)/python -m docs.make

clean:  ## remove everything that was made
	rm -rf $(VENV) .venvs demo .hypothesis .mypy_cache .pytest_cache .ruff_cache
