# Everything runs from here; each target installs what it needs the first time.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test run lint format bench package requirements clean tools

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: .venv/installed devhost/node_modules/.package-lock.json ## Install the project, devhost and Azurite (quick the second time)

demo: setup ## Watch documents travel: approved, rejected, expired, overwritten, refused (under a minute)
	@$(BIN)/python -m local.demo

test: setup ## Run all tests
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder # a file's tests share a stack

run: setup ## Run the stack and the app until Ctrl-C; state stays in .devhost/ (POLICY_FILE=path: another policy)
	@cat local/next-steps.txt
	@$(BIN)/devhost start --state .devhost --app . --settings local.settings.example.json \
	  --storage local/storage.json --entities local/servicebus.json --event-grid local/eventgrid.json

lint: setup ## Check format, lint, types and module boundaries
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports

format: setup ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup ## Measure all, for about ten minutes; one: .venv/bin/python -m bench NAME (--help names them)
	@$(BIN)/python -m bench

DURABLE_BACKEND ?= azureStorage
package: setup ## Build the deployment package build/app.zip
	@$(BIN)/python infra/package.py build/app.zip --durable-backend $(DURABLE_BACKEND)

requirements: setup ## Pin what the deployed app depends on, for Azure's Python and Linux
	@$(BIN)/uv pip compile pyproject.toml --python-version 3.12 --python-platform x86_64-manylinux_2_28 --upgrade \
	  --quiet --custom-compile-command "make requirements" --output-file requirements.txt

clean: ## Remove what setup, run and package have made
	rm -rf .venv devhost/node_modules .devhost build

tools:
	@command -v git >/dev/null || { echo "git is missing: install it from https://git-scm.com/downloads"; exit 1; }
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer with venv is missing ($(PYTHON) is not): install it from https://www.python.org/downloads/ (Debian and Ubuntu: python3.11 and python3.11-venv) or name it with make PYTHON=..."; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || \
	  { echo "Node.js 18 or newer with npm is missing: install it from https://nodejs.org/en/download"; exit 1; }

.venv/installed: pyproject.toml devhost/pyproject.toml
	@$(MAKE) --no-print-directory tools
	@echo "Installing the project into .venv ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1' # the first with --group
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e . -e devhost --group dev
	@touch $@

devhost/node_modules/.package-lock.json: devhost/package-lock.json devhost/package.json
	@$(MAKE) --no-print-directory tools
	@echo "Installing Azurite into devhost/node_modules ..."
	@npm ci --prefix devhost --no-audit --no-fund --loglevel=error
	@touch $@
