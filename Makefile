# What a developer needs. `make demo` for a first look, `make test` before every commit.
# A machine with Python 3.11 and make is enough: uv comes from PyPI where it is missing (tools/uv.sh).

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench screenshots

export UV_PYTHON_DOWNLOADS := never
# A distribution builds its Python with profile-guided optimisation; one compiled by hand is often a third slower. UV_PYTHON chooses another.
system_python := $(shell /usr/bin/python3 -c 'import sys; sys.version_info >= (3, 11) and print(sys.executable)' 2>/dev/null)
ifneq ($(system_python),)
export UV_PYTHON ?= $(system_python)
endif
uv = $$(tools/uv.sh)
run = $(uv) run --locked

help:  ## Show these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## Make .venv with everything that uv.lock names
	@tools/uv.sh >/dev/null
	@$(uv) sync --locked --quiet

demo: setup  ## Build the demo company and serve it (ACCOUNTS=1000, PORT=8000)
	$(run) tenure demo --home .tenure-demo $(if $(ACCOUNTS),--accounts $(ACCOUNTS)) $(if $(PORT),--port $(PORT))

lint: setup  ## Style, types, layers, handbook
	$(run) python -m tools.check lint

test: setup  ## Everything: lint, tests on SQLite and on a private PostgreSQL, browser journeys
	$(run) python -m tools.check

bench: setup  ## The benchmarks of bench/, one after the other; they print ratios
	$(run) python -m bench

screenshots: setup  ## Take the pictures of docs/screenshots from the demo company
	$(run) python -m tools.screenshots
