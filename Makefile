PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COMMAND_LINE := $(addprefix tests/tap_common/test_,bad_input.py command_line.py echo.py shell.py)
FAST := $(filter-out $(COMMAND_LINE),$(wildcard tests/tap_common/test_*.py)) $(wildcard tests/*/test_values*.py tests/*/test_quota.py) tests/test_truth.py tests/test_schemas.py \
	tests/desk/test_complete.py::test_every_row_of_every_stream_comes_as_the_account_holds_it \
	tests/freshdesk/test_complete.py::test_a_first_run_brings_every_row_once \
	tests/zendesk_chat/test_complete.py::test_every_row_of_every_stream \
	tests/zendesk_support/test_complete.py::test_every_stream_is_complete
CODE := tap_common tap_desk tap_freshdesk tap_zendesk_chat tap_zendesk_support singer_to_sqlite helpdesk_report helpdesk_sync sandbox tests benchmarks examples docs

.PHONY: help install package prove-airflow demo sandbox test test-fast test-stacks lint style site types unit mutants fuzz storm docs pictures bench capacity clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

install: $(VENV)/installed  ## make .venv with everything in it

$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo '$(PYTHON) is missing or older than 3.11: install Python, or name one: make PYTHON=python3.13'; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo '$(PYTHON) has no venv module: install it (Debian and Ubuntu: python3-venv)'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(VENV)/installed  ## sync a made-up account, with a quota and a kill -9, and compare the rows (VENDOR=x)
	$(BIN)/python -m examples.demo $(VENDOR)

sandbox: $(VENV)/installed  ## serve a made-up account, with a folder for its tap and the lines to paste (VENDOR=x)
	@$(BIN)/python -m examples.sandbox $(or $(VENDOR),"")

test: style  ## lint, types, tests
	@$(MAKE) --no-print-directory --jobs 2 site types unit

test-fast: style  ## the code's style, and tests of the core and of each tap's rows, in half a minute
	$(BIN)/pytest --numprocesses 2 -m 'not process and not stack' $(FAST)

lint: style site  ## the code's style and imports, and the documents' links

style: $(VENV)/installed
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/lint-imports --no-logo

site: $(VENV)/installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

types: $(VENV)/installed
	$(BIN)/mypy $(CODE)

unit: $(VENV)/installed
	$(BIN)/pytest --numprocesses 3 --dist worksteal

package: $(VENV)/installed  ## build wheel and sdist, and try them on each Python that is here
	$(BIN)/pytest -m stack tests/stacks/test_package.py

prove-airflow: $(VENV)/installed  ## many accounts in Airflow with Celery, while a worker is killed (ACCOUNTS=50)
	$(BIN)/python -m tests.stacks.prove_airflow --accounts $(or $(ACCOUNTS),50)

test-stacks: $(VENV)/installed  ## slow tests, and those with other people's programs: dbt, Airflow, a browser (ONLY=file)
	$(BIN)/pytest --numprocesses 2 --dist loadfile -m stack $(ONLY)

mutants: $(VENV)/installed  ## change the code in small ways, and report the changes that no test notices
	$(BIN)/python -m tests.mutants $(ONLY)

fuzz: $(VENV)/installed  ## spoil replies, headers and files in many ways (SEED=1 CASES=1000 SECONDS=1800)
	$(BIN)/python -m tests.fuzz --seed $(or $(SEED),1) --cases $(or $(CASES),1000) --seconds $(or $(SECONDS),1800)

storm: $(VENV)/installed  ## kill tap and loader at random moments (VENDOR=x SEED=1 KILLS=300 SECONDS=1800)
	$(BIN)/python -m tests.storm $(VENDOR) --seed $(or $(SEED),1) --kills $(or $(KILLS),300) --seconds $(or $(SECONDS),1800)

docs: $(VENV)/installed  ## write the tables that are made from the code, and the site
	$(BIN)/python -m docs.make
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

pictures: $(VENV)/installed  ## make the pictures of a terminal in docs/ anew, from real runs
	$(BIN)/python -m docs.pictures

bench: $(VENV)/installed  ## taps, bare loops and other people's taps side by side, as root (SITES= ROWS="1000 10000" RUNS=5 LIMIT=1800)
	$(BIN)/python -m benchmarks.bench $(SITES) --rows $(or $(ROWS),1000 10000) --runs $(or $(RUNS),5) --limit $(or $(LIMIT),1800)

capacity: $(VENV)/installed  ## write the hours that each plan's rate limits cost into docs/quota.md
	$(BIN)/python -m benchmarks.capacity --write

clean:  ## remove everything that was made
	rm -rf $(VENV) .venvs demo site .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
