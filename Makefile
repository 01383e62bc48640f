# The workspace's task runner: one task a package, in parallel, cached by content; see `make help`.
#
# A task's log is its cache entry: .make/TASK/PKG/KEY.log exists only if the task passed on exactly
# the inputs that KEY is the hash of. Times count for nothing, and `rm -rf .make` is always safe.
SHELL         := bash
.SHELLFLAGS   := -euo pipefail -c
.DEFAULT_GOAL := help

FILTER :=%## only these packages or benchmarks: FILTER=cli, FILTER='chat cli', FILTER=%-core
ARGS   :=## more arguments for pytest, the demo or a benchmark: ARGS='-k backoff'
SLOW   :=## SLOW=1 also runs the tests that are marked slow
FORCE  :=## FORCE=1 runs what is cached, too
MINUTES :=1## how long `make chaos` goes on
SEED   :=## what happens in `make chaos`, and when; any number, and one by chance if there is none
JOBS   :=$(shell nproc)## how many tasks at once; with `make -k`, a failure stops only what needs it

# The environment's own comes first: its version is in the keys.
PYTHON := $(shell for python in .venv/bin/python python3 python3.1{4,3,2,1}; do \
    "$$python" -c 'import tomllib' 2>/dev/null && echo "$$python" && exit; done)
$(if $(PYTHON),,$(error No Python 3.11 or newer here: sudo apt-get install python3, or give PYTHON=/path/to/one))
export PYTHON
export UV_PYTHON_DOWNLOADS := never
MAKEFLAGS += --jobs=$(JOBS) --no-builtin-rules --no-print-directory --warn-undefined-variables

# ---- Packages ----------------------------------------------------------------
# PKGS (members) and SUITES (tests/*, which stand above them); for each, its DIR_, DIST_, DEPS_, KEY_.
quote = '$(subst ','\'',$1)'
$(foreach line,$(shell git ls-files -coz --exclude-standard | \
    $(PYTHON) scripts/graph.py $(call quote,$(ARGS)) $(call quote,$(SLOW))),$(eval $(subst |, ,$(line))))
$(if $(filter 0,$(.SHELLSTATUS)),,$(error scripts/graph.py could not read the workspace: see above))
export UV_PYTHON := $(PYTHON_VERSION)

ALONE    := contract kills e2e
BENCHES  := $(basename $(notdir $(wildcard benchmarks/[!_]*.py)))
# Sorted, since a benchmark may have a package's name.
SELECTED := $(sort $(filter $(patsubst tek-%,%,$(FILTER)),$(PKGS) $(SUITES) $(BENCHES)))
$(if $(SELECTED),,$(error FILTER=$(FILTER) is none of: $(PKGS) $(SUITES) $(BENCHES)))

# ---- The environment ---------------------------------------------------------
# Stamps have their inputs' hash for a name, as logs do. Where Qt cannot load there is none, so that
# the line that says what to install comes back until someone has installed it.
UV     := scripts/uv.sh
RUN    := $(UV) run --no-sync
SYNCED := .venv/.synced-$(KEY_venv)
READY  := .venv/.qt-$(KEY_venv)

$(SYNCED): | $(filter clean,$(MAKECMDGOALS))
	$(UV) sync --quiet --locked --all-packages && rm -f .venv/.synced-* && touch $@
$(READY): | $(SYNCED)
	@if scripts/qt.sh; then touch $@; fi

# ---- The cache ---------------------------------------------------------------
# $(call cached,OUTPUTS,COMMAND,FIRST): replay the log's last line if there is one, else run COMMAND.
define cached
@$3 log=.make/$(subst @,/,$@)/$(KEY_$*).log; part=$$log.$$$$; \
if [[ -z '$(FORCE)' && -f $$log ]]$(if $1, && compgen -G '$1' >/dev/null); then \
    echo "$@ | cached: $$(tail -n1 $$log)"; exit; fi; \
mkdir -p $${log%/*}; trap 'rm -f $$part' EXIT; \
{ $2; } 2>&1 | tee $$part | while IFS= read -r line || [[ -n $$line ]]; do echo "$@ | $$line"; done; \
mv $$part $$log
endef

# ---- Tasks -------------------------------------------------------------------
TESTS  := $(addprefix test@,$(filter $(PKGS) $(SUITES),$(SELECTED)))
BUILDS := $(addprefix build@,$(filter $(PKGS),$(SELECTED)))
.PHONY: build test lint types check demo chaos bench pictures format graph clean help $(TESTS) $(BUILDS) \
    lint@tree types@tree architecture@tree $(if $(FORCE),$(SYNCED))

build: $(BUILDS)                                    ## a wheel a package, in dist/
test: $(TESTS)                                      ## each package's tests, then the contract suite
lint: lint@tree                                     ## format and style, by ruff
types: types@tree                                   ## basedpyright, strict
check: lint@tree types@tree architecture@tree       ## lint, types, layers and declared dependencies

# Only the newest wheel's log is kept: an older one would vouch for a wheel that is gone.
$(BUILDS): build@%: | $(SYNCED)
	$(call cached,dist/$(subst -,_,$(DIST_$*))-*.whl,$(BUILD),)
BUILD = rm -f .make/build/$*/*.log dist/$(subst -,_,$(DIST_$*))-*.whl; \
    $(UV) build --quiet --wheel --out-dir dist $(DIR_$*); ls dist/$(subst -,_,$(DIST_$*))-*.whl

# pytest-qt loads Qt before the first test: it is only for the desktop and what stands above it.
# Where Qt cannot load these say so and are left out, except in CI, which must not pass without them.
# Where nothing is left to run, pytest exits with 5: fine if ARGS or `slow` left it out.
$(TESTS): test@%: | $(READY)
	$(call cached,,$(PYTEST),$(if $(filter desktop,$* $(DEPS_$*)),$(UNLESS_QT)))
UNLESS_QT = [[ -e $(READY) || -v CI ]] || { echo '$@ | left out: Qt cannot load here'; exit; };
PYTEST = $(RUN) pytest -q -o cache_dir=.make/pytest/$* $(if $(filter desktop,$* $(DEPS_$*)),,-p no:pytest-qt) \
    $(if $(SLOW),,-m 'not slow') $(DIR_$*) $(ARGS) || { (($$? == 5)) && $(LEFT_OUT); }
LEFT_OUT = $(if $(ARGS),echo "none of its tests is left by ARGS",grep -rq 'mark\.slow' $(DIR_$*) \
    && echo "all of its tests are slow: SLOW=1 runs them")

# Real time and real processes: one after the other, when nothing else is running.
$(addprefix test@,$(ALONE)): | $(filter-out $(addprefix test@,$(ALONE)),$(TESTS)) \
    $(filter build check lint types,$(MAKECMDGOALS))
test@kills: | $(filter test@contract,$(TESTS))
test@e2e: | $(filter test@contract test@kills,$(TESTS))

lint@tree: lint@%: | $(SYNCED)
	$(call cached,,$(RUN) ruff format --check . && $(RUN) ruff check .,)
types@tree: types@%: | $(SYNCED)
	$(call cached,,$(RUN) basedpyright,)
architecture@tree: architecture@%: | $(SYNCED)
	$(call cached,,$(RUN) lint-imports --no-logo $(foreach p,$(PKGS),&& $(RUN) --directory $(DIR_$p) deptry --no-ansi src),)

demo: | $(READY)                                    ## a chat that outlives its gateway, in a minute
	@$(RUN) tek-cli demo $(ARGS)

chaos: | $(READY)                                   ## both clients in kills and bad networks, and what they lost
	@$(RUN) python scripts/chaos.py --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

bench: | $(READY)                                   ## each benchmark in turn; never cached
	@$(foreach b,$(filter $(BENCHES),$(SELECTED)), \
	    $(RUN) python benchmarks/$b.py $(ARGS) 2>&1 | sed -u 's/^/bench@$b | /';)

pictures: | $(READY)                                ## draw the pictures of README and docs anew
	@for script in scripts/picture_*.py; do $(RUN) python $$script; done

format: | $(SYNCED)                                 ## rewrite the code in the house style
	@$(RUN) ruff check --fix-only . && $(RUN) ruff format .

graph:                                              ## who depends on whom
	@$(foreach p,$(PKGS) $(SUITES),echo '$p -> $(or $(DEPS_$p),-)';)

clean:                                              ## forget every cached result
	rm -rf .make dist

help:                                               ## this list
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t14
	@sed -nE 's/^([A-Z]+) +:=.*## (.*)/  \1=\t\2/p' Makefile | expand -t14
