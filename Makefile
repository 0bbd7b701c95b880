# SPDX-License-Identifier: Apache-2.0
# A thin front: tools/setup makes the machine ready, meson and ninja build.

.DEFAULT_GOAL := build
.PHONY: build demo check check-full coverage bench docs fmt clean help

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

build: ## build everything into build/
	@tools/setup build
	@tools/build build

demo: ## install what is missing, build, and show the whole product at work
	@tools/setup demo
	@tools/build build
	@tests/demo

check: ## install what is missing, build, and run the tests
	@tools/setup check
	@tests/run-check

check-full: ## the same with every test, those too that take long
	@tools/setup check
	@tests/run-check --full

coverage: ## say which lines the unit and interface tests run
	@tools/setup coverage
	@tests/coverage

bench: ## measure the module against SoftHSM2
	@tools/setup check
	@tools/build build
	@tests/bench/run

docs: ## make what of docs/ is made from the sources
	@tools/setup build
	@tools/build build
	@build/tests/docs/mechanisms > docs/MECHANISMS.md

fmt: ## lay out the C sources as .clang-format says
	@tools/setup build
	@git ls-files -z '*.c' '*.h' | xargs -0 -r clang-format -i

clean: ## remove what was built here
	@rm -rf build build-clang build-asan build-tsan build-fuzz build-coverage
