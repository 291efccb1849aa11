# One target each for what people do here. On Windows: see the README for the plain `py -m` form.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test soak check format docs bench lock audit fuzz mutants wheel clean

demo: $(VENV)/installed
	$(BIN)/ikz demo ikz-demo

test: $(VENV)/developed
	$(BIN)/python -m pytest -n 2 --dist worksteal

soak: $(VENV)/developed
	IKZ_SOAK=1 $(BIN)/python -m pytest -s tests/test_concurrency.py tests/test_faults.py tests/postgres/test_same.py \
		-k "kill_9 or no_advance or operating_system"

check: $(VENV)/developed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/make.py --check

format: $(VENV)/developed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/developed
	$(BIN)/python docs/make.py

bench: $(VENV)/developed
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python -m benchmarks

# What deployments install, for all systems; the newest versions that pyproject.toml accepts.
lock: $(VENV)/developed
	$(BIN)/python -m pip install --quiet uv
	sed -n '/^#/p' requirements.lock > requirements.new
	$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --extra postgres --no-header --no-annotate --quiet >> requirements.new
	mv requirements.new requirements.lock

# Ask for known faults of the locked versions; needs the vulnerability service of PyPI, and fails where it says nothing.
audit: $(VENV)/developed
	$(BIN)/python -m pip install --quiet pip-audit
	$(BIN)/pip-audit --strict --requirement requirements.lock --require-hashes --disable-pip

# Search for bytes that break a reader, SECONDS each (Linux), and for rows altered by hand that nobody notices. What
# breaks one keeps no other from being searched; all that broke are named at the end.
SECONDS ?= 300
fuzz: $(VENV)/developed
	$(BIN)/python -m pip install --quiet atheris
	broken=; for target in workflow survey directory document verifier; do \
	  (cd tests && ../$(BIN)/python -m fuzz $$target $(SECONDS)) || broken="$$broken $$target"; done; \
	IKZ_FUZZ_EXAMPLES=2000 $(BIN)/python -m pytest tests/test_tampering.py || broken="$$broken tampering"; \
	test -z "$$broken" || { echo "Broken:$$broken" >&2; exit 1; }

# Change one thing in the core at a time and print what no test notices (Linux); about a quarter of an hour.
mutants: $(VENV)/developed
	for module in history possible engine requirements; do $(BIN)/python tests/mutation.py $$module || exit 1; done

wheel: $(VENV)/developed
	$(BIN)/python -m build --wheel

$(VENV)/installed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/developed: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) dist build ikz-demo .mypy_cache .ruff_cache .hypothesis .import_linter_cache
