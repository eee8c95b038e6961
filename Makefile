# A fresh clone needs python3 (3.11 or newer), make and git. Everything goes into .venv and var, nothing elsewhere.

PYTHON ?= python3
STARTED := $(shell date +%s)
RUN := .venv/bin/python
PIP := $(RUN) -m pip --disable-pip-version-check --no-input --no-cache-dir -qq install --progress-bar off --require-hashes

.DEFAULT_GOAL := help
.PHONY: help demo serve drill test lint types conformance ci clean

help:
	@echo "make demo    one recipe end to end in the sandbox, then a page to look at (ONCE=1: exit when done)"
	@echo "make serve   the hub: web server, worker cluster and watch in one command"
	@echo "make drill   every recipe through every trouble (ARGS=\"--events 50\")"
	@echo "make test    all tests (ARGS=... goes to pytest)"
	@echo "make lint    ruff;  make types  mypy;  make ci  what the build server runs"
	@echo "make conformance   our GHL client and our GHL sandbox against the official files (OPENAPI=where they are)"
	@echo "make clean   removes .venv and caches; var, with the database and its keys, stays"

demo: .venv/.runtime
	@HUB_DEMO_STARTED=$(STARTED) $(RUN) manage.py demo $(if $(ONCE),--once)

serve: .venv/.runtime
	@$(RUN) manage.py migrate --no-input --verbosity 0
	@$(RUN) manage.py serve

drill: .venv/.runtime
	@$(RUN) manage.py drill --all $(ARGS)

# Two processes share what neither kills processes nor drives a browser; those want the machine for themselves.
test: .venv/.tests
ifdef ARGS
	@$(RUN) -m pytest $(ARGS)
else
	@$(RUN) -m pytest -n 2 --dist loadfile -m "not kill and not browser"
	@$(RUN) -m pytest -m "kill or browser"
endif

lint: .venv/.tests
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

types: .venv/.tests
	@$(RUN) -m mypy

conformance: var/conformance/.installed .venv/.tests
	@$(RUN) -m tests.conformance $(if $(OPENAPI),--openapi "$(OPENAPI)") $(ARGS)

ci:
	@.ci/run

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis var/conformance
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the virtual environment ---------------------------------------------------------------------

# Empty when $(PYTHON) will do, otherwise the one sentence that says what to install.
define PROBLEM
$(shell $(PYTHON) -c 'import sys; \
v = "%d.%d" % sys.version_info[:2]; \
sys.version_info < (3, 11) and sys.exit(print("GHL Hub needs Python 3.11 or newer and $(PYTHON) is " + v + ": install a newer one (Debian, Ubuntu: apt install python3.12 python3.12-venv) and run make PYTHON=python3.12")); \
from importlib.util import find_spec as f; \
f("ensurepip") and f("venv") or print("$(PYTHON) cannot make a virtual environment: install the package python" + v + "-venv (Debian, Ubuntu: apt install python" + v + "-venv)")' \
2>/dev/null || echo "There is no working $(PYTHON): install Python 3.11 or newer (Debian, Ubuntu: apt install python3 python3-venv)")
endef

.venv/bin/python:
	$(if $(strip $(PROBLEM)),$(error $(strip $(PROBLEM))))
	@echo "Making .venv with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

# One stamp for each lock: a second run installs nothing, a changed lock installs again.
.venv/.runtime: requirements.lock | .venv/bin/python
	@echo "Installing $$(grep -c '^[a-z].*==' requirements.lock) packages (about half a minute) ..."
	@$(PIP) -r requirements.lock
	@touch $@
	@echo "Installed after $$(( $$(date +%s) - $(STARTED) )) s."

# The tests' lock holds the runtime's packages too.
.venv/.tests: tests/requirements.lock | .venv/bin/python
	@echo "Installing $$(grep -c '^[a-z].*==' tests/requirements.lock) packages for the tests (about a minute) ..."
	@$(PIP) -r tests/requirements.lock
	@touch .venv/.runtime $@
	@echo "Installed after $$(( $$(date +%s) - $(STARTED) )) s."

# --- the validator proxy of `make conformance` ---------------------------------------------------

# Empty when node and npm will do, otherwise the one sentence that says what to install.
define NODE_PROBLEM
$(shell major=$$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null); \
[ "$${major:-0}" -ge 20 ] && command -v npm >/dev/null || \
echo "make conformance needs Node 20 or newer with npm, and here is $$(node --version 2>/dev/null || echo none): install it (Debian, Ubuntu: apt install nodejs npm)")
endef

# Packages and npm's own files stay in var; the lock names no registry, so npm asks the one it is set up for.
var/conformance/.installed: tests/conformance/package.json tests/conformance/package-lock.json
	$(if $(strip $(NODE_PROBLEM)),$(error $(strip $(NODE_PROBLEM))))
	@echo "Installing the validator proxy into var/conformance (about half a minute) ..."
	@umask 077 && mkdir -p var/conformance
	@cp tests/conformance/package.json tests/conformance/package-lock.json var/conformance/
	@cd var/conformance && npm ci --loglevel=error --no-audit --no-fund --no-update-notifier --ignore-scripts --cache .npm || \
		{ echo "npm could not install the validator: run it again where npm reaches its registry." >&2; exit 2; }
	@rm -rf var/conformance/.npm
	@touch $@
