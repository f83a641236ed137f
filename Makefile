# make examples   compile the examples in blueprints/ into out/
# make docs       write the reference, the pictures, and what commands print in docs/ and the README anew
# make site       build the documentation as a site, into site/
# make test       run every check and test
# make bench      measure speed and memory against other tools, for ARGS="--only generate --keys 1000 …" (docs/benchmarks.md)
# make oracle     hold the comparison of policies against an independent judge, over PAIRS random pairs (long)
# All set up what they need in .venv; PYTHON=python3.12 chooses the interpreter (3.11 or later).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# CloudFormation cannot attach a policy to a key that it does not manage, so this one has no template.
CLOUDFORMATION := $(filter-out blueprints/existing-key.yaml,$(wildcard blueprints/*.yaml))

.PHONY: bench docs examples site test oracle clean

examples: $(VENV)/ready
	$(BIN)/kmsgen generate
	$(BIN)/kmsgen generate $(CLOUDFORMATION) --format cloudformation --format cloudformation-json

docs: $(VENV)/ready
	$(BIN)/python -m tests.docs
	$(BIN)/python -m tests.analysis.checks_of_others > docs/checks-of-others.md

site: $(VENV)/ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

test: $(VENV)/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest

bench: $(VENV)/ready
	$(BIN)/pip install --quiet --editable '.[bench]'
	$(BIN)/python -m benchmarks $(ARGS)

PAIRS ?= 5000
SEED ?= 1
JOBS ?= 2

oracle: $(VENV)/ready
	$(BIN)/python -m tests.oracle --pairs $(PAIRS) --seed $(SEED) --jobs $(JOBS)

$(VENV)/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "kmsgen needs Python 3.11 or later; say which: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist site
