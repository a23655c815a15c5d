# Everything runs in a virtual environment of its own, .venv, with the exact versions of requirements.txt. Each target
# installs what it needs. Another Python: make test PYTHON=python3.12 VENV=.venv312

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
BIN := $(VENV)/bin
READY := $(VENV)/.installed
BOOK := book/_build/html
# What takes long begins first, so that no core is left waiting at the end: the later chapters, the larger tests, and
# before them those of the built book and of training.
CHAPTERS := $(shell ls -r book/[0-9]*.ipynb)
LONGEST := tests/test_book_live.py tests/test_training.py tests/test_reader_training.py
TESTS := $(LONGEST) $(filter-out $(LONGEST),$(shell ls -S tests/test_*.py))
# As many tests at a time as there are cores; a file's tests stay together, for what they share.
WORKERS ?= $(shell $(PYTHON) -c "import os; print(min(4, os.cpu_count() or 1))")
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
# For programs that share the cores. A matrix product with threads of its own waits for all of them: where another
# program is busy on one of the cores, it takes several times as long.
ONE_CORE := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1
# Builds again only the pages that have changed. -n reports every broken reference and -W makes any warning an error.
BUILD := $(BIN)/jupyter-book build . --path-output book -n -W --keep-going
QUIET := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

.PHONY: help install test slow lint format types fuzz coverage wheel bench weights book lab chapters serve requirements clean

help:
	@echo "make install       the environment, in $(VENV)"
	@echo "make book          the book, as web pages in $(BOOK)"
	@echo "make lab           the book in JupyterLab, to run and to change"
	@echo "make test          all tests but the slowest, those of the built book too; make slow runs the rest"
	@echo "make fuzz          a hundred thousand changed files into every reader of files; a quarter of an hour"
	@echo "make coverage      all tests, and which lines and branches of scribe/ they run"
	@echo "make types         types, Python's and JavaScript's"
	@echo "make wheel         sdist and wheel, installed into an empty environment and tried there"
	@echo "make serve         the book on http://localhost:$(PORT)/"
	@echo "make chapters      run all chapters from top to bottom and keep their outputs"
	@echo "make bench         speed, against stated ceilings"
	@echo "make weights       the weights, from the archive on; half a day and more. QUICK=1: toys, in minutes"
	@echo "make lint          style and common mistakes, of Python and JavaScript; make format mends the style"
	@echo "make requirements  newest versions that fit together, into requirements.txt"
	@echo "make clean         remove what was built, but not $(VENV)"

install: $(READY)

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c "import sys; v = sys.version_info; v >= (3, 10) or sys.exit('scribe needs Python 3.10 or newer, and this is %d.%d; say make PYTHON=python3.12, for example' % v[:2])"
	@$(PYTHON) -c "import ensurepip, venv" || { echo "this Python has no venv; on Debian: apt-get install python3-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(QUIET) $(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(QUIET) $(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

# The chapters run from top to bottom too, while the book is built, which uses one core; SCRIBE_QUICK shrinks what would
# take long. What fails does not keep the rest from running.
test: $(READY)
	@failed=0; said=$$(mktemp); \
	$(BUILD) > $$said 2>&1 & build=$$!; \
	$(if $(CHAPTERS),$(ONE_CORE) SCRIBE_QUICK=1 $(PYTEST) --nbval-lax --nbval-current-env $(CHAPTERS) || failed=1;) \
	wait $$build || failed=1; \
	cat $$said; rm -f $$said; \
	$(ONE_CORE) $(PYTEST) -m "not slow" $(TESTS) || failed=1; \
	exit $$failed

slow: $(READY)
	$(BUILD)
	$(ONE_CORE) $(PYTEST) -m slow

# What checks the JavaScript needs Node; where that is missing, it is left out, but not where every change is checked.
define page
	@if command -v npm > /dev/null; then \
		npm run --silent --prefix .ci/page $(1); \
	elif [ -n "$(CI)" ]; then echo "npm is missing, and the JavaScript cannot be checked"; exit 1; \
	else echo "npm is not installed; the JavaScript was not checked"; fi
endef

PAGE := .ci/page/node_modules/.package-lock.json
$(PAGE): .ci/page/package-lock.json
	@if command -v npm > /dev/null; then npm ci --silent --prefix .ci/page && touch $@; fi

lint: $(READY) $(PAGE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(call page,lint)

format: $(READY) $(PAGE)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(call page,format)

# CASES=1000 for fewer. What breaks something is kept in .fuzz, and so is known by its name and number.
CASES ?= 100000
fuzz: $(READY)
	TF_CPP_MIN_LOG_LEVEL=2 OMP_NUM_THREADS=1 PYTHONPATH=. $(BIN)/python tests/fuzzing.py --cases $(CASES) --keep .fuzz

coverage: $(READY)
	$(BIN)/coverage erase
	$(ONE_CORE) $(BIN)/coverage run -m pytest $(wordlist 4,99,$(PYTEST))
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

types: $(READY) $(PAGE)
	$(BIN)/mypy
	$(call page,types)

wheel: $(READY)
	.ci/wheel

# Each step once; an interrupted one goes on. ARCHIVE names UNIPEN's, which is downloaded otherwise.
weights: $(READY)
	TF_CPP_MIN_LOG_LEVEL=2 $(if $(QUICK),$(ONE_CORE)) $(BIN)/python -m recipe $(if $(QUICK),--quick) $(if $(ARCHIVE),--archive $(ARCHIVE))

bench: $(READY)
	@set -e; for program in benchmarks/ceilings.py benchmarks/bench_*.py; do echo "== $$program"; $(BIN)/python $$program; done

book: $(READY)
	$(BUILD)
	@echo
	@echo "The book is in $(CURDIR)/$(BOOK)/index.html; it needs no network."

lab: $(READY)
	$(BIN)/jupyter lab book/01-ink.ipynb

serve: $(READY)
	@test -f $(BOOK)/index.html || $(MAKE) book
	@echo "http://localhost:$(PORT)/ - Ctrl-C ends it"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory $(BOOK)

chapters: $(READY)
	$(BIN)/python book/_tools/chapters.py run

requirements:
	$(PYTHON) -m venv $(VENV)
	$(QUIET) $(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.10 --no-annotate \
		--constraint .ci/constraints.txt --upgrade --quiet --custom-compile-command "make requirements" --output-file requirements.txt

clean:
	rm -rf book/_build _build build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .mypy_cache .fuzz .coverage*
	find . -name __pycache__ -type d -not -path "./$(VENV)/*" -prune -exec rm -rf {} +
