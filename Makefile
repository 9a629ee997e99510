# Every way in: `make demo` for a shop on this machine, `make test` and `make lint` for a change.
# Written for GNU make 3.81, which is what a Mac has.

PYTHON ?= python3
PORT ?= 8000
# Test files that run at once, each process with a Postgres of its own.
JOBS ?= 2
RUN := .venv/bin/python
RUNTIME := .venv/.runtime-installed
DEV := .venv/.dev-installed

export PYTHON

# What `make demo ONCE=1 PORT=8001 MODEL=... CATALOGUE=...` hands on to `manage.py demo`.
DEMO_ARGS := --port $(PORT)
ifneq ($(strip $(ONCE)),)
DEMO_ARGS += --once
endif
ifneq ($(strip $(MODEL)),)
DEMO_ARGS += --model "$(MODEL)"
endif
ifneq ($(strip $(CATALOGUE)),)
DEMO_ARGS += --catalogue "$(CATALOGUE)"
endif

MEASURED := acceptance_size
ifneq ($(strip $(ONLY)),)
MEASURED := acceptance_size(name='$(ONLY)')
endif

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test lint format acceptance bench sabotage figures doctor constraints clean

help:
	@echo "make demo [ONCE=1] [PORT=8000] [MODEL=ViT-B-32:laion2b_s34b_b79k] [CATALOGUE=folder-or-csv]"
	@echo "                     the reference shop with its database, worker and beat on this machine"
	@echo "make test [JOBS=2] [ARGS=...]  every test, so many files at once; ARGS go to pytest"
	@echo "make lint            ruff, mypy, import-linter, migrations, package list"
	@echo "make format          what ruff can mend by itself"
	@echo "make acceptance [ONLY=name]  measure at full size and write docs/reports/"
	@echo "make bench [ONLY=row] [SIZE=10000]  this search beside others, in an environment of their own; goes on where it was"
	@echo "make sabotage [ONLY=name]    break the code on purpose; its tests must notice"
	@echo "make figures         copy the reports' figures into README.md and docs/"
	@echo "make doctor          what this machine lacks, and the line that fixes it"
	@echo "make constraints     pin what .venv holds now"
	@echo "make clean [ALL=1]   remove what was built; ALL=1 also .venv and the demo's data"

demo:
	@$(PYTHON) .ci/doctor.py --port "$(PORT)"
	@$(MAKE) -s --no-print-directory $(RUNTIME)
	@exec $(RUN) manage.py demo $(DEMO_ARGS)

doctor:
	@$(PYTHON) .ci/doctor.py --port "$(PORT)"

# Stamps: an unchanged tree installs nothing. The development environment holds all that the demo needs.
$(RUNTIME): pyproject.toml constraints.txt
	@.ci/install runtime
	@touch $@

$(DEV): pyproject.toml constraints.txt tests/javascript/package-lock.json
	@$(PYTHON) .ci/doctor.py
	@.ci/install dev
	@$(RUN) -m tests.node
	@touch $(RUNTIME) $@

# The tests start some hundred Pythons: what one of them compiled the others read, also where the environment forbids
# bytecode beside the sources. Importing torch and open_clip takes 4 s with it and 11 s without.
test: $(DEV)
	PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX="$(CURDIR)/build/bytecode" \
	    $(RUN) -m pytest --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)
	@$(RUN) -m tests.browser.chromium # the browser tests are skipped without one, which must not pass for a green run

lint: $(DEV)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) .ci/packages.py
	@mkdir -p build/mypy && ln -sfn ../../search build/mypy/product_search
	$(RUN) -m mypy -p product_search -p catalog -p tests
	PYTHONPATH=. .venv/bin/lint-imports --cache-dir build/import-linter-cache
	$(RUN) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

format: $(DEV)
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

acceptance: $(DEV)
	$(RUN) -m pytest -m "$(MEASURED)" $(ARGS)

# The other searches have an environment of their own: what they need is no business of a shop's.
BENCH := build/bench-venv/.installed

$(BENCH): tests/benchmarks/peers/requirements.txt
	@$(PYTHON) -m venv --clear build/bench-venv
	@$(RUN) -m uv pip install --quiet --python build/bench-venv/bin/python -r $<
	@touch $@

bench: $(DEV) $(BENCH)
	PYTHONPATH=. $(RUN) -m tests.benchmarks.bench --only "$(ONLY)" --size $(or $(SIZE),10000)

sabotage: $(DEV)
	$(RUN) -m tests.sabotage $(ONLY)

figures: $(DEV)
	$(RUN) -m tests.acceptance.reports

# torch pins its own CUDA packages and triton exactly, and each build of it pins others: they are left out.
constraints:
	@{ sed '/^[^#]/,$$d' constraints.txt; \
	   $(RUN) -m uv pip freeze --python $(RUN) --exclude-editable \
	   | grep -vE '^(nvidia-|cuda-|triton==|pip==)' | sed 's/+[a-z0-9.]*$$//'; } > constraints.new
	@mv constraints.new constraints.txt

clean:
	rm -rf build dist *.egg-info
	find catalog search tests .ci -name __pycache__ -type d -prune -exec rm -rf {} +
ifneq ($(strip $(ALL)),)
	rm -rf .venv .demo
endif
