# What can be done in this workspace. Each target is carried out by scripts/task.py, which runs its
# tasks in parallel and replays the result of a task whose inputs have not changed.
#
# Variables are given to make or set in the environment: `make test FILTER=cli`, `SLOW=1 make test`.
#
#   FILTER=   only these packages or benchmarks: FILTER=cli, FILTER='chat cli', FILTER=%-core
#   ARGS=     more arguments for pytest, the demo or a benchmark: ARGS='-k backoff'
#   SLOW=     SLOW=1 also runs the tests that are marked slow
#   FORCE=    FORCE=1 runs what is cached, too
#   JOBS=     how many tasks run at once (default: one for each CPU)
#   MINUTES=  how long `make chaos` runs (default: 1)
#   SEED=     the random seed of `make chaos`, to repeat a run (default: a new one)
#
# After a failure no further task starts; with `make -k`, all of them run.

.PHONY: help build test lint types check demo chaos bench pictures format graph clean
.NOTPARALLEL:

help: ## show this list (default)
	@sed -nE 's/^([a-z]+): ## (.*)/make \1\t\2/p' Makefile | expand -t14
	@sed -nE 's/^#   ([A-Z]+=) +(.*)/  \1\t\2/p' Makefile | expand -t14
build: ## build a wheel of each package, into dist/
	@scripts/task.sh build
test: ## run the tests of each package and the suites in tests/
	@scripts/task.sh test
lint: ## check format and style with ruff
	@scripts/task.sh lint
types: ## check types with basedpyright, strict
	@scripts/task.sh types
check: ## lint, types, layers and declared dependencies
	@scripts/task.sh check
demo: ## chat through a gateway that is killed and restarted, in a minute
	@scripts/task.sh demo
chaos: ## run both clients through kills and bad networks, and report what they lost
	@scripts/task.sh chaos
bench: ## run each benchmark in turn; never cached
	@scripts/task.sh bench
pictures: ## draw the pictures of the README and of docs/ again
	@scripts/task.sh pictures
format: ## rewrite the code in the house style
	@scripts/task.sh format
graph: ## show which packages each package depends on
	@scripts/task.sh graph
clean: ## delete every cached result and every wheel
	@scripts/task.sh clean
