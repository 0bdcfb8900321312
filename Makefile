# Every target sets itself up: only Python 3.11+ and make are needed.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DATA ?= ../shared/data
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.DEFAULT_GOAL := help
.PHONY: help install demo test test-failed test-training bench passages-environment soak feed-soak backlog check alerts drill dashboards-test chart docs image-test format tools clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Platestream needs Python 3.11 or newer; set PYTHON=" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

install: $(STAMP) ## make the virtual environment

demo: $(STAMP) ## frames in, plates out, on an embedded broker; writes demo-out/report.html
	$(BIN)/platestream demo --out demo-out

# More than the two cores that it is meant for: most of its time is spent waiting for brokers. A file's
# tests stay together, as they share clusters; the order is that of tests/conftest.py.
TEST_WORKERS ?= 4
test: $(STAMP) ## the whole test suite, TEST_WORKERS files at a time
	$(BIN)/python -m pytest --numprocesses $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder

# What failed, once more and alone, at most three of them: a broker that starved on a busy machine is
# told from a fault. Both runs are printed.
test-failed: $(STAMP)
	$(BIN)/python -c 'import json, sys; sys.exit(not 0 < len(json.load(open(".pytest_cache/v/cache/lastfailed"))) <= 3)'
	$(BIN)/python -m pytest --last-failed

TRAIN_STAMP := .venv-train/.installed
$(TRAIN_STAMP): pyproject.toml
	$(PYTHON) -m venv .venv-train
	.venv-train/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,train]'
	@touch $@

# A few steps of the detector's trainer take two minutes on two cores with other work: more than the
# limit that finds a hanging broker. The rest of tests/training needs no PyTorch and is in `make test`.
test-training: $(TRAIN_STAMP) ## a few steps of each trainer; apart, as PyTorch is several gigabytes
	.venv-train/bin/python -m pytest --timeout 600 tests/training/networks

# The passages application: its engine bounds the Kafka client below the version that the service needs.
PASSAGES_STAMP := .venv-passages/.installed
$(PASSAGES_STAMP): pyproject.toml
	$(PYTHON) -m venv .venv-passages
	.venv-passages/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[passages]'
	@touch $@

passages-environment: $(PASSAGES_STAMP) ## the virtual environment of `platestream passages`, for its tests and soak

soak: $(STAMP) ## every frame exactly once on 3 brokers, under kills and rebalances: SOAK_FRAMES, SOAK_GUARANTEE, SOAK_SEED
	$(BIN)/python -m tests.soak

feed-soak: $(STAMP) ## ten minutes of a camera over RTSP, thrown out three times: every frame accounted for
	$(BIN)/python -m tests.soak.feed

backlog: $(STAMP) ## 2,000 frames of 1 MB: resident memory against its bound
	$(BIN)/python -m tests.soak.backlog

check: $(STAMP) ## ruff, mypy --strict, import-linter, generated pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tests.docs.reference --check
	$(BIN)/python -m tests.docs.runbooks --check
	$(BIN)/python -m tests.deploy.config_schema --check
	$(BIN)/python -m tests.deploy.environment --check
	$(BIN)/python -m tests.deploy.grafana.dashboards --check

alerts: $(STAMP) ## each alert of the chart: when it fires and when it stays silent, by promtool
	$(BIN)/python -m tests.deploy.alerts.cases

dashboards-test: $(STAMP) ## every query of every panel and alert, asked of a real Prometheus after a real run
	$(BIN)/python -m tests.deploy.grafana

chart: $(STAMP) ## write what the chart generates: schema of config:, names of variables, table of values, renders
	$(BIN)/python -m tests.deploy.config_schema
	$(BIN)/python -m tests.deploy.environment
	$(BIN)/python -m tests.deploy.values_table
	$(BIN)/python -m tests.deploy.golden

drill: $(STAMP) ## seven faults of real parts: which of the chart's alerts each brings about, and how soon
	$(BIN)/python -m tests.drill

image-test: ## build the CPU image without a registry of images, run it confined, print its size (root)
	@missing=; for tool in buildah debootstrap podman runc curl; do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
	if [ -n "$$missing" ]; then echo "image-test: skipped, there is no$$missing on the PATH"; \
	elif [ "$$(id -u)" != 0 ]; then echo "image-test: skipped, it needs root"; \
	else deploy/image/build-offline.sh && $(MAKE) --no-print-directory image-try; fi

image-try: $(STAMP)
	$(BIN)/python -m tests.deploy.image

docs: $(STAMP) chart ## write docs/SETTINGS.md and docs/METRICS.md, and what the chart generates
	$(BIN)/python -m tests.docs.reference
	$(BIN)/python -m tests.docs.runbooks
	$(BIN)/python -m tests.deploy.grafana.dashboards

format: $(STAMP) ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Other readers, each in an environment of its own: their dependencies contradict each other and ours.
PEERS ?= build/peers
accuracy-peers: ## install the other readers that docs/ACCURACY.md is measured beside
	for peer in rapidocr hyperlpr agentclpr; do \
	  $(PYTHON) -m venv $(PEERS)/$$peer && \
	  $(PEERS)/$$peer/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
	    --requirement benchmarks/accuracy/peers/$$peer.txt || exit 1; \
	done

# Pictures made of the held-out photos, kept so that two bundles are measured on the same ones.
CONDITIONS ?= build/conditions
accuracy: $(STAMP) ## measure everything anew, write docs/ACCURACY.md and docs/accuracy (DATA=folder of the photos)
	$(BIN)/python -m benchmarks.accuracy --data $(DATA) --out docs --peers $(PEERS) --made $(CONDITIONS) $(ACCURACY_FLAGS)

# Parts: reader, profile, service, plan, spinning, peers. An idle machine needs about 20 minutes for all.
BENCH_PARTS ?= all
BASE ?=
bench: $(STAMP) ## measure speed side by side, write docs/PERFORMANCE.md: BENCH_PARTS=reader,service BASE=commit
	$(BIN)/python -m benchmarks.speed --data $(DATA) --peers $(PEERS) --parts $(BENCH_PARTS) --base '$(BASE)' $(BENCH_FLAGS)

tools: ## install kcat, promtool, Chromium, docker-registry and an RTSP server for the tests that use them (Debian and Ubuntu)
	@command -v kcat >/dev/null && command -v promtool >/dev/null && command -v chromedriver >/dev/null && \
	  command -v docker-registry >/dev/null && command -v prometheus-alertmanager >/dev/null && \
	  ls /usr/lib/*/girepository-1.0/GstRtspServer-1.0.typelib >/dev/null 2>&1 || \
	  { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends \
	    kcat prometheus prometheus-alertmanager chromium chromium-driver fonts-noto-cjk docker-registry python3-gi \
	    gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good \
	    gstreamer1.0-plugins-ugly; }

clean: ## remove what the targets made
	rm -rf $(VENV) .venv-train .venv-passages build dist demo-out .mypy_cache .ruff_cache .pytest_cache .hypothesis
