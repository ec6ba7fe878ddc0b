# Sluice. `make help` says what there is; each step installs what it needs (Tools/setup.sh).

SHELL := /bin/bash
# One configuration for the product and its tests, so that nothing is built twice. Access to variables is checked while compiling
# and, in debug builds, while running (`make verify ONLY=exclusivity` runs the tests so); in release the check would cost a
# sixth of what a streamed token costs.
BUILD := swift build -c release -Xswiftc -enable-testing -Xswiftc -enforce-exclusivity=unchecked
SLUICE := .build/release/sluice

# A provider instead of the embedded model: UPSTREAM_KEY=… make up UPSTREAM=https://… MODEL=…
# Make hands these on by the environment alone; no recipe spells a key out.

.PHONY: help up build test verify bench sbom clean

help:
	@echo "make up       build and start: gateway, embedded model; prints a URL, a key and three curl lines (Ctrl-C stops)"
	@echo "              UPSTREAM=https://host/v1 MODEL=name make up   a provider instead (its key: UPSTREAM_KEY in the environment)"
	@echo "make test     unit tests, end-to-end suites in short form, format check"
	@echo "make verify   every count in full; takes long, resumes; ONLY=name[,name] for some, TABLE=1 for the table alone"
	@echo "make bench    beside nginx and LiteLLM (set SLUICE_BENCH to the bench kit's folder)"
	@echo "make sbom     what it is made of, as CycloneDX: sbom.cdx.json"
	@echo "make build    the release binary: $(SLUICE)"
	@echo "make clean    remove what was built and installed here; var/ (keys, ledger) stays"

up:
	@Tools/setup.sh build encoder $(if $(UPSTREAM),,models)
	@echo "build: the first time takes some minutes" >&2
	@$(BUILD) --product sluice
	@unset MAKEFLAGS MAKEOVERRIDES MFLAGS; \
	 export SLUICE_MODEL_PYTHON="$$PWD/.models/venv/bin/python" SLUICE_MODEL_GGUF="$$PWD/.models/model.gguf" \
	     SLUICE_MODEL_SERVER="$$PWD/Tools/model-server.py"; \
	 exec $(SLUICE) up

build:
	@Tools/setup.sh build encoder
	@$(BUILD) --product sluice

test:
	@Tools/test.sh

verify:
	@Tools/setup.sh build encoder models tests clients
	@$(BUILD) --product sluice
	@.venv/bin/python Tools/verify.py $(if $(TABLE),--table) $(if $(ONLY),--only $(ONLY))

bench:
	@Tools/setup.sh build encoder
	@$(BUILD) --product sluice
	@Tools/bench.sh

sbom:
	@python3 Tools/sbom.py > sbom.cdx.json
	@echo "sbom.cdx.json"

clean:
	rm -rf .build .venv .venv-clients .venv-spark .models .bench .verify .pytest_cache
