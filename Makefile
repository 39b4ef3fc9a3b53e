# The short way to everything: `make help` lists the targets.
SHELL := /bin/bash
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Where a CPU-only torch lies, when the package index has only the large one (see README).
TORCH_INDEX ?=
RECIPE ?= bearing_simulated
RUN ?= newest
MODEL ?= models/bearing.onnx
SOURCE ?= models/samples/inner_race.wav
.DEFAULT_GOAL := help
.PHONY: help setup demo test train export run check format bench figures models wheel clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "installing into $(VENV) (once; some minutes)"
	$(PYTHON) -m venv $(VENV)
	$(if $(TORCH_INDEX),$(PIP) install -c constraints.txt --index-url $(TORCH_INDEX) torch)
	$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@

setup: $(VENV)/.installed ## make .venv and install everything into it, once

demo: setup ## from simulated bearings to decisions on a stream, in under three minutes
	$(BIN)/python -m harken_export.demo

test: check ## all checks, then all tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup --show-capture=no

train: setup ## train: RECIPE=bearing_simulated
	$(BIN)/harken-train fit $(RECIPE) $(ARGS)

export: setup ## export to one ONNX file: RUN=runs/NAME, or the newest
	$(BIN)/harken-export export $(RUN) $(ARGS)

run: setup ## hear a source with the daemon: MODEL=models/bearing.onnx SOURCE=clip.wav
	$(BIN)/harkend $(MODEL) $(SOURCE) $(ARGS)

check: setup ## format, lint, strict types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## write the code as `make check` wants it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

wheel: ## build dist/*.whl, which is what a device installs (needs no torch)
	$(PYTHON) -m venv build/wheel
	build/wheel/bin/python -m pip --disable-pip-version-check --quiet wheel --no-deps --wheel-dir dist .
	@ls dist/*.whl

bench: setup ## speed and memory, side by side with the usual stack (some minutes)
	$(BIN)/python -m tests.bench.runtime
	$(BIN)/python -m tests.bench.daemon
	$(BIN)/python -m tests.bench.frontends
	$(BIN)/python -m tests.bench.networks
	$(BIN)/python -m tests.bench.training
	$(BIN)/python -m tests.bench.large_sets
	$(BIN)/python -m tests.bench.quantization

figures: setup ## rebuild the tables of the docs (hours; resumable)
	$(BIN)/python -m tests.bench.figures_bearing
	$(BIN)/python -m tests.bench.figures_sets
	$(BIN)/python -m tests.bench.figures_ecg
	$(BIN)/python -m tests.bench.frontends

models: setup ## rebuild models/*.onnx, cards and samples (needs data/cwru, data/cinc2017)
	$(BIN)/python models/build.py

clean: ## remove what was built here (not runs, not data)
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache
