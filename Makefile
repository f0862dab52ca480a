# Recado. `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help run ui test check bench tools fmt fuzz

NEXTEST_PROFILE := $(if $(CI),ci,default)

help: ## Lists the targets.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-7s %s\n", $$1, $$2}'

run: ## Builds Recado and starts the demo.
	@scripts/need-rust
	@scripts/ui
	@echo "Building Recado (the first build takes a few minutes) ..."
	cargo run --release --bin recado -- demo

ui: ## Builds the web app, which the next build of the program takes in.
	@scripts/ui

tools: ## Installs what the tests need and this machine lacks.
	@scripts/tools

test: ## Runs every test.
	@scripts/need-rust
	@scripts/tools
	@scripts/ui
	@echo "Running the tests of the web app ..."
	cd ui && npm test --silent
	@echo "Running the tests ..."
	cargo nextest run --workspace --profile $(NEXTEST_PROFILE)
	@echo "Running the examples of the documentation ..."
	cargo test --workspace --doc --quiet
	@echo "Running the tests in the browser ..."
	@e2e/browser/run

check: ## Formatting, lints, and the warnings of the documentation.
	@scripts/need-rust
	@scripts/ui
	@echo "Checking the web app ..."
	cd ui && npm run check --silent
	@echo "Checking the formatting ..."
	cargo fmt --all --check
	@echo "Checking the lints ..."
	cargo clippy --workspace --all-targets -- -D warnings
	@echo "Building the documentation ..."
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --lib --quiet
	@if command -v cargo-deny >/dev/null; then cargo deny --offline check licenses bans sources; else echo "cargo-deny is not installed: licences are not checked here."; fi

bench: ## Measures, and prints the table of docs/performance.md.
	@scripts/need-rust
	cargo run --release --bin recado -- bench $(BENCH)

fmt: ## Formats the code.
	cargo fmt --all

fuzz: ## Runs each fuzz target for a minute (needs a nightly toolchain and cargo-fuzz).
	@scripts/fuzz
