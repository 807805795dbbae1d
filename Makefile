# The commands everyone needs. They use the active Python environment; `make` alone lists them.
.PHONY: help setup test one lint docs site

help:
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/'

setup: ## install the package, what tests and checks need, and the git hook if pre-commit is there
	pip install -e '.[test,dev]'
	if command -v pre-commit > /dev/null; then pre-commit install; fi

test: ## all tests, in parallel
	pytest

one: ## one test file or test: make one T=tests/dosing/test_dosing_parse.py
	pytest -n 0 -q $(T)

lint: ## style, import contracts, types, the picture of the house: what CI asks before the tests
	ruff check
	ruff format --check
	lint-imports
	python docs/draw_architecture.py --check
	pyright

docs: ## draw the picture of the house again, and check links and paths of all pages
	python docs/draw_architecture.py
	pytest -n 0 -q tests/test_docs.py

site: ## build the documentation as a site of plain files into site/ (extra: docs)
	python docs/site/build.py site
