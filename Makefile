# Needs only Python 3.11 or newer and make: `make report` makes the environment from its lock file, then the reports.
# Packages come from whatever index pip is configured with; every file is checked against its hash in requirements/.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS ?=
EVERY ?=

.PHONY: help report test notebooks lab check benchmark lock clean

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-10s %s\n", $$1, $$2}'

report: $(VENV)/run.stamp ## make every report; options in ARGS="-p as_at=2019-04-01"
	$(BIN)/ccganalysis run $(ARGS)

test: $(VENV)/test.stamp ## run the tests, and the notebooks against their stored outputs; EVERY=1 in every setting, as CI does
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --check --exclude '*.ipynb' .
	$(BIN)/mypy
	@$(BIN)/python -m pytest -q $(if $(EVERY),--every) -n auto --dist worksteal; tests=$$?; \
	$(BIN)/python -m pytest -q -p ccganalysis.notebooks --nbval --nbval-kernel-name ccganalysis -n auto --dist loadfile notebooks; \
	stored=$$?; test $$tests -eq 0 || echo "make test: the tests failed (exit code $$tests)"; \
	test $$stored -eq 0 || echo "make test: stored notebooks are not what they give now (exit code $$stored)"; \
	test $$tests -eq 0 -a $$stored -eq 0

notebooks: $(VENV)/run.stamp ## run the stored notebooks and store their outputs again
	$(BIN)/ccganalysis notebooks
	$(BIN)/python docs/refresh.py

lab: $(VENV)/lab.stamp ## open JupyterLab
	$(BIN)/jupyter lab --notebook-dir notebooks

check: $(VENV)/run.stamp ## check the data files
	$(BIN)/ccganalysis check

benchmark: $(VENV)/test.stamp ## measure runs; writes benchmarks/README.md
	$(BIN)/python benchmarks/bench_runs.py

lock: ## pin every dependency again, UPGRADE=1 to newer versions (needs uv)
	@command -v uv >/dev/null || { echo 'make lock needs uv: see https://docs.astral.sh/uv/'; exit 2; }
	UPGRADE=$(UPGRADE) bash requirements/lock.sh

clean: ## remove the environment and caches; data and outputs stay
	rm -rf $(VENV) .pytest_cache .hypothesis .ruff_cache .mypy_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp for each lock. The test and lab locks hold everything the run lock does, at the same versions.
$(VENV)/%.stamp: requirements/%.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes --requirement $<
	$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "This needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1)."; \
	  echo "Name another one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
