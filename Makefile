# The few commands that people type. `make help` lists them.
# Needed on the machine: python3, make and root. The rest is installed from pinned requirements.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

CACHE := $(or $(BAREMETAL_MLOPS_CACHE),$(HOME)/.cache/baremetal-mlops)
export BAREMETAL_MLOPS_CACHE := $(CACHE)
export PATH := $(CURDIR)/.venv/bin:$(CACHE)/mirror/bin:$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
PYTHON ?= python3
ENVIRONMENT := $(CACHE)/venv-$(shell cat requirements.txt requirements-test.txt constraints.txt | sha256sum | cut -c1-16)
PLAYBOOKS := site.yml playbooks

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: venv
venv: ## The virtual environment with all pinned tools, kept in the cache
	@test -e $(ENVIRONMENT)/ready || { mkdir -p $(CACHE) && flock $(CACHE)/venv.lock $(MAKE) --no-print-directory $(ENVIRONMENT)/ready; }
	@ln -sfn $(ENVIRONMENT) .venv

$(ENVIRONMENT)/ready:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || (apt-get update -q && apt-get install -y -q python3-venv)
	@echo "Making the virtual environment (once; about two minutes)"
	@rm -rf $(ENVIRONMENT)
	@$(PYTHON) -m venv $(ENVIRONMENT)
	@$(ENVIRONMENT)/bin/pip install --quiet --requirement requirements-test.txt --constraint constraints.txt
	@touch $@

.PHONY: host
host: venv ## The Debian packages that the lab and the tests need
	@python -m lab host

# The API server of the tests knows the kinds of gateway-api and kserve.
SERVICES := ceph etcd feast gateway-api haproxy kserve kubernetes minio mlflow pgbouncer postgresql traefik triton valkey

.PHONY: services
services: host ## The servers of the tests: what the lab's builder makes of them, kept in the cache
	@python -m lab.builder --parts $(addprefix --only ,$(SERVICES))

.PHONY: contents
contents: host ## What the lab's mirror serves, kept in the cache (`make lab` makes it as well)
	@python -m lab.builder

.PHONY: lab
lab: venv ## The whole platform on this machine: three bare nodes, site.yml, verify
	@python -m lab up

.PHONY: lab-ha
lab-ha: venv ## The same with three control planes, one of which is stopped as a proof
	@python -m lab up --ha

.PHONY: lab-status
lab-status: venv ## Nodes, memory, addresses, and where the credentials are
	@python -m lab status

.PHONY: lab-shell
lab-shell: venv ## A shell on a node: make lab-shell NODE=node1
	@python -m lab shell $(or $(NODE),node1)

.PHONY: lab-report
lab-report: venv ## site.yml again on the running lab: times, tasks and changes of both runs
	@python -m lab report

.PHONY: lab-down
lab-down: venv ## Remove every trace of the lab but the cache
	@python -m lab down

.PHONY: test
test: lint unit sanity integration molecule ## Everything but the lab itself

.PHONY: lint
lint: venv ## ansible-lint, yamllint, ruff and mypy
	yamllint --strict .
	ruff check .
	ruff format --check .
	mypy plugins lab tests tools
	ansible-lint

.PHONY: unit
unit: venv ## Unit tests
	pytest tests/unit

.PHONY: integration
integration: services ## Tests that build, install and render the collection, and talk to real servers
	pytest tests/integration

.PHONY: sanity
sanity: venv ## ansible-test sanity, without an ignore file
	python tests/sanity.py

.PHONY: molecule
molecule: services ## Each scenario: check, converge, idempotence, verify
	@for scenario in $$(cd molecule && ls -d */ | tr -d /); do molecule test --scenario-name $$scenario; done

.PHONY: e2e
e2e: venv ## On the running lab: what check mode says of drift, and its repair
	pytest tests/e2e

.PHONY: interruption
interruption: host ## From bare nodes: site.yml killed at random points still converges (removes a running lab)
	pytest -s tests/interruption

.PHONY: bench-modules
bench-modules: services ## The batch modules against loops, on real servers: docs/benchmarks.md (an hour)
	@python -m tests.bench

.PHONY: bench-triton
bench-triton: services ## What dynamic batching of Triton brings: docs/triton.md (four minutes)
	@python -m tests.bench.triton

.PHONY: versions
versions: venv ## Each component: pinned, proven in the lab, newest known
	@python tools/versions.py

.PHONY: clean
clean: ## Remove what the tools left in the checkout (not the cache, not the lab)
	rm -rf .venv .hypothesis .mypy_cache .pytest_cache .ruff_cache .ansible baremetal-mlops-*.tar.gz
