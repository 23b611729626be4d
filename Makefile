.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 20

# The stamp is rewritten when what it depends on changes, so a second `make setup` costs nothing.
$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "Python 3.10 or newer is needed; try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --constraint constraints.txt --editable '.[demo,test,openvino,onnxruntime,palette,report,docs]'
	@touch $@

.PHONY: setup
setup: $(VENV)/.installed ## .venv with everything at its pinned versions (demo and test extras, not PyTorch)

.PHONY: constraints
constraints: ## pin every version again, from the bounds in pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.10 --no-annotate --no-header --no-emit-index-url --no-emit-find-links \
		--extra demo --extra test --extra openvino --extra onnxruntime --extra palette --extra report --extra docs --upgrade pyproject.toml --output-file constraints.txt

.PHONY: demo
demo: setup ## colours a small archive of real photographs on a local Ray; everything lands in demo/
	$(BIN)/python -m examples.demo

PROCESSES ?= 2

.PHONY: test
test: setup ## every linter, type checker, import contract and test; quick checks first
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory --jobs 2 --output-sync types imports
	$(BIN)/python -m pytest -q --numprocesses $(PROCESSES) --dist loadfile

.PHONY: types imports
types: setup
	$(BIN)/mypy
imports: setup
	$(BIN)/lint-imports

TRAIN := .venv-train

$(TRAIN)/.installed: training/constraints.txt constraints.txt
	$(PYTHON) -m venv $(TRAIN)
	$(TRAIN)/bin/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt -c training/constraints.txt \
		torch numpy pyarrow opencv-python-headless protobuf pillow pytest pytest-timeout
	@touch $@

.PHONY: train-smoke
train-smoke: ## the training's own tests, in a venv with PyTorch; skipped, saying so, where PyTorch can't be had
	@if $(MAKE) --no-print-directory $(TRAIN)/.installed; then $(TRAIN)/bin/python -m pytest -q training/tests; \
	else echo "PyTorch can't be installed here: the tests of training/ are skipped" >&2; fi

MINUTES ?= 78
LAST ?= 20
PHOTOGRAPHS ?= 540000
RUN ?= training/runs/mini

.PHONY: mini
mini: $(TRAIN)/.installed ## train models/mini and write it with its card: make mini DATA=DIR EVAL=PARQUET PRIOR=NPY MINUTES=78
	$(TRAIN)/bin/python -m training.train --data $(DATA) --minutes $(MINUTES) --out $(RUN) $(if $(wildcard $(RUN)/checkpoint.pt),--resume)
	$(TRAIN)/bin/python -m training.train --data $(DATA) --size 96 --minutes $$(($(MINUTES) + $(LAST))) --out $(RUN) --resume
	$(TRAIN)/bin/python -m training.train --data $(DATA) --size 96 --photographs $(PHOTOGRAPHS) --out $(RUN) --resume
	$(TRAIN)/bin/python -m training.export $(RUN) models/mini --data $(DATA)
	$(TRAIN)/bin/python -m training.card $(RUN) models/mini --data $(DATA) --eval $(EVAL) --prior $(PRIOR)

DIST ?= dist

.PHONY: wheel
wheel: setup ## dist/: the wheel and the constraints, which is all that a cluster needs
	rm -rf $(DIST)
	$(BIN)/python -m build --wheel --outdir $(DIST) . >/dev/null
	cp constraints.txt $(DIST)/

.PHONY: bench
bench: setup ## the table of figures, and bench/results.json
	$(BIN)/python -m bench

.PHONY: bench-scale
bench-scale: setup ## ten million rows without a photograph (a quarter of an hour, 4 GB of disk), and bench/scale.json
	$(BIN)/python -m bench.at_scale

.PHONY: site
site: setup ## the documents as a site, in site/; looked at without a network
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

.PHONY: docs
docs: setup ## the documents that are made from the code
	$(BIN)/python -m docs.generate
