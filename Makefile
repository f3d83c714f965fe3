# The commands of this project. Everything runs from .venv, which `setup` makes.
SHELL := /bin/bash
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c "$(NEW_ENOUGH)" 2>/dev/null && { echo $$name; break; }; done)
endif
PORT ?= 8080
DATA ?= .meent
TESTS ?= tests
ARGS ?=
VNG_TESTS ?=

RUN := .venv/bin/python -m
# Ends with make, also when make is killed.
FOREGROUND := exec .venv/bin/python -I -S chassis/embedded/launch.py $$PPID 15 plain $(RUN)
READY := .venv/.ready
PIP := $(RUN) pip install --disable-pip-version-check --quiet --require-hashes -r requirements/dev.txt

.PHONY: help setup demo up test test-fast test-suite fuzz lint contracts conformance bench chart image new-service

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with everything pinned (again only when requirements change)

$(READY): requirements/dev.txt
	@test -n "$(PYTHON)" && $(PYTHON) -c "$(NEW_ENOUGH)" || { echo "Python 3.11 or newer is needed: make setup PYTHON=…"; exit 2; }
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@echo "Installing requirements/dev.txt in .venv (takes a minute the first time)"
	@$(PIP) || { echo "Once more"; sleep 3; $(PIP); }
	@.venv/bin/python -c 'import site; open(site.getsitepackages()[0] + "/meent.pth", "w").write("$(CURDIR)\n")'
	@touch $(READY)

demo: setup ## play the two stories on a fresh installation and say what happened
	@$(FOREGROUND) meent demo $(ARGS)

up: setup ## start everything until Ctrl-C: make up PORT=8080 DATA=.meent
	@$(FOREGROUND) meent up --port $(PORT) --data $(DATA)

test: setup ## every test but the slow ones: make test TESTS=tests/chassis
	$(RUN) pytest -n 2 -m "not slow" $(ARGS) $(TESTS)

test-fast: setup ## only tests that start no PostgreSQL, NATS or service
	$(RUN) pytest -m "not slow and not suite and not servers" $(ARGS) $(TESTS)

test-suite: setup ## every test, also the slow ones
	$(RUN) pytest -n 2 --timeout 600 $(ARGS) $(TESTS)

fuzz: setup ## made-up requests at every operation: MEENT_FUZZ_EXAMPLES=200 make fuzz
	$(RUN) pytest -m slow --timeout 7200 $(ARGS) tests/services/*/test_fuzz.py

lint: setup ## style, types and the borders between packages
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	.venv/bin/lint-imports

contracts: setup ## write contracts/ from the code of the services
	$(RUN) meent contracts $(ARGS)

conformance: setup ## VNG's own collections: make conformance VNG_TESTS=<clone>
	@test -n "$(VNG_TESTS)" || { echo "make conformance VNG_TESTS=<clone of VNG's collections>"; exit 2; }
	$(RUN) tests.conformance $(VNG_TESTS) $(ARGS)

bench: setup ## measure speed
	$(RUN) benchmarks $(ARGS)

chart: setup ## render the chart and check it
	$(RUN) pytest $(ARGS) tests/deploy

new-service: setup ## begin a service: make new-service name=parkeervergunningen single=parkeervergunning
	$(RUN) meent new-service "$(name)" --single "$(single)" $(ARGS)

image: ## build the container image
	docker build -f deploy/Dockerfile -t meent .
