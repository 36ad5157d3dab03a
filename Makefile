# Everything runs from here; each target installs what it needs the first time.
SHELL := bash
.SHELLFLAGS := -o pipefail -c
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
CHECKS := lint-types lint-format lint-rules lint-spelling lint-imports # the slowest first
FOLDERS := $(patsubst tests/%/,%,$(wildcard tests/[a-z]*/)) devhost
.PHONY: help setup tools clean demo picture screens run
.PHONY: check lint $(CHECKS) quick-types quick-tests-slower quick-tests-others
.PHONY: test all-units all-others coverage $(FOLDERS:%=test-%) format bench
.PHONY: schemas record lock upgrade package

help: ## Show this list
	@awk -F ':.*## ' '/^[a-zA-Z%-]+:.*## / { sub(/%/, "FOLDER", $$1); printf "  make %-12s %s\n", $$1, $$2 }' Makefile

# Run a tool: the last line of what it says if all is well, everything if not.
quietly = @said=$$({ $(2); } 2>&1) && printf '%-8s %s\n' $(1) "$$(printf %s "$$said" | tail -n 1)" || \
  { printf '%s\n' "$$said"; exit 1; }

INSTALLED := .venv/installed devhost/node_modules/.package-lock.json
setup: ## Install all that is needed (minutes; quick the second time)
	@$(MAKE) --question $(INSTALLED) 2>/dev/null || \
	  { $(MAKE) --no-print-directory tools && $(MAKE) --silent --no-print-directory --jobs 2 $(INSTALLED); }

# Ctrl-C interrupts make, too, which then ends with 130 and needs no line about it.
INTERRUPTIBLE := || [ $$? = 130 ]
demo: setup ## Watch six documents travel (under a minute)
	@$(BIN)/python -m local.demo $(INTERRUPTIBLE)

picture: setup ## Write docs/demo.svg, the picture in the README, anew
	@$(BIN)/python -m local.demo --svg docs/demo.svg

screens: setup ## Take the README's pictures of the pages anew
	@$(BIN)/python -m local.screens docs

check: setup ## The loop: lint, tests without a stack (half a minute)
	@$(MAKE) --no-print-directory --jobs --keep-going $(filter-out lint-types,$(CHECKS)) quick-types quick-tests-slower quick-tests-others

quick-types:
	$(call quietly,types,$(BIN)/pyrefly check --output-format min-text && echo No errors.)

# Two processes that share nothing: with pytest-xdist each would collect all tests.
SLOWER := tests/unit/evidence/ tests/unit/reviews/ tests/workflow/
quick-tests-slower: TESTED := $(SLOWER)
quick-tests-others: TESTED := $(filter-out $(SLOWER),$(wildcard tests/unit/*/ tests/workflow/))
quick-tests-slower quick-tests-others:
	$(call quietly,tests,$(BIN)/python -m pytest -q --hypothesis-profile quick $(TESTED))

coverage: setup ## Fail if unit tests miss a branch of the rules; show it
	@$(BIN)/python -m pytest -q -n 2 --hypothesis-profile quick --cov --no-cov-on-fail tests/unit

PYTEST := $(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder # a file's tests share a stack
test: setup ## Run all tests (20 minutes on two cores)
	@echo "All tests take about 20 minutes on two cores; make check takes half a minute, make test-FOLDER something between."
	@$(MAKE) --no-print-directory --jobs --keep-going all-units all-others

# Unit tests need no stack, but a process for themselves: in each of pytest-xdist's they would be collected again.
all-units:
	$(call quietly,units,$(BIN)/python -m pytest -q --cov --no-cov-on-fail tests/unit)
all-others:
	@$(PYTEST) --ignore tests/unit

$(FOLDERS:%=test-%): test-%: setup
	@$(PYTEST) $(if $(filter devhost,$*),devhost/tests,tests/$*)

test-%: ## Run one folder's tests: test-unit, test-cli, test-devhost
	@echo "There are no tests of the name $*: name one of $(FOLDERS)."; exit 1

STATE ?= .devhost
run: setup ## Run the app until Ctrl-C (POLICY_FILE=path, STATE=folder)
	@sed "s|{state}|$(STATE)|; s|{settings}|$$(realpath -m '$(STATE)')/local.settings.json|" local/next-steps.txt
	@local/front-door-key.sh '$(STATE)' $(BIN)/compliance
	@state=$$(realpath '$(STATE)'); ATTESTATION_KEYS=$$state/front-door/keys.json \
	  ATTESTATION_SIGNING_KEY=$$state/front-door/private.json $(BIN)/devhost start --state '$(STATE)' --app . \
	  --settings local.settings.example.json --storage local/storage.json --entities local/servicebus.json \
	  --event-grid local/eventgrid.json --auth local/people.json $(INTERRUPTIBLE)

lint: setup ## Check format, rules, spelling, imports, types (40 s)
	@$(MAKE) --no-print-directory --jobs 2 --keep-going $(CHECKS)

lint-format:
	$(call quietly,format,$(BIN)/ruff format --check .)
lint-rules:
	$(call quietly,rules,$(BIN)/ruff check .)
lint-spelling:
	$(call quietly,spelling,$(BIN)/codespell && echo No misspellings.)
lint-imports:
	$(call quietly,imports,$(BIN)/lint-imports)
lint-types:
	$(call quietly,types,PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright)

schemas: setup ## Write contracts/schemas, cli/schemas, docs/openapi.json
	@$(BIN)/python -m contracts.schema_export
	@$(BIN)/python -m cli.json_outputs
	@$(BIN)/python -m web.api.openapi

format: setup ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# `make bench web` runs one: what follows is no target then.
ifeq (bench,$(firstword $(MAKECMDGOALS)))
BENCHMARKS := $(wordlist 2,$(words $(MAKECMDGOALS)),$(MAKECMDGOALS))
.PHONY: $(BENCHMARKS)
$(BENCHMARKS): ; @:
endif
bench: setup ## Run all benchmarks (15 minutes), or one: make bench web
	@$(BIN)/python -m bench $(BENCHMARKS)

record: setup ## Record tests/workflow/histories anew (two minutes)
	@$(BIN)/python -m tests.workflow.recording

DURABLE_BACKEND ?= azureStorage
package: setup ## Build the deployment package build/app.zip
	@$(BIN)/python infra/package.py build/app.zip --durable-backend $(DURABLE_BACKEND)

COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --custom-compile-command 'make lock' --output-file
lock: setup ## Pin what pyproject.toml requires, versions that fit stay
upgrade: setup ## Pin the newest versions that pyproject.toml allows
lock upgrade:
	@$(COMPILE) requirements-dev.txt $(if $(filter upgrade,$@),--upgrade) --universal --python-version 3.11 \
	  --extra app --extra cli --extra vault --group dev pyproject.toml devhost/pyproject.toml
	@$(COMPILE) requirements.txt --python-version 3.12 --python-platform x86_64-manylinux_2_28 \
	  --extra app --extra vault --constraints requirements-dev.txt pyproject.toml # the deployed app: Azure's Python and Linux

clean: ## Remove what setup, run and package have made
	rm -rf .venv devhost/node_modules .devhost build

tools:
	@command -v git >/dev/null || { echo "git is missing: install it from https://git-scm.com/downloads"; exit 1; }
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer with venv is missing ($(PYTHON) is not): install it from https://www.python.org/downloads/ (Debian and Ubuntu: python3.11 and python3.11-venv) or name it with make PYTHON=..."; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || \
	  { echo "Node.js 18 or newer with npm is missing: install it from https://nodejs.org/en/download"; exit 1; }

# Show in one line how far pip is.
counted = n=0; while read -r word name _; do case $$word in \
  Collecting | Processing) n=$$((n + 1)); name=$${name\#\#*/}; printf '\r\033[K  %s: %.60s' "$$n" "$${name%%[=-]*}" ;; \
  Installing) printf '\r\033[K  %s fetched, unpacking them' "$$n" ;; esac; done; echo

.venv/installed: requirements-dev.txt pyproject.toml devhost/pyproject.toml
	@echo "Installing $$(grep -c == $<) Python packages into .venv, about a minute ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --no-deps --require-hashes -r $< | { $(counted); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e devhost
	@touch $@

devhost/node_modules/.package-lock.json: devhost/package-lock.json devhost/package.json
	@echo "Installing Azurite and $$(grep -c '"node_modules/' $<) npm packages into devhost/node_modules, about a minute ..."
	@npm ci --prefix devhost --ignore-scripts --no-audit --no-fund --no-progress --loglevel=error
	@touch $@
