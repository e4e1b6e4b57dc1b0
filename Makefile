# Everything here is a command that also works by hand. What a target needs beyond Rust, gcc, Python 3 and Node it
# installs itself: Rust tools into ./.tools, Python and npm packages of the benchmark into ./.tools/bench; a browser
# for the report's test and two sandboxes for the benchmark from Debian's archive (as root or with sudo that asks nothing;
# else it stops and says what to install). The jail's tests run real servers, which scripts/servers fetches and builds
# into ./.tools/servers, and hosts on every SDK that start servers, which scripts/hosts builds into ./.tools/hosts: that needs
# npm, Go, Maven with a JDK, a C compiler, git and curl, and make test stops without them.

CARGO ?= cargo
FUZZ_SECONDS ?= 30
SOAK_SECONDS ?= 3600
export FUZZ_SECONDS SOAK_SECONDS

.PHONY: help demo test check bench exploits soak fuzz mutants-jail build clean

help:
	@echo 'make demo    audit an attacked home, a repository of known products and this machine; a hostile server; the flaw'
	@echo 'make test    every test, the caged audit included'
	@echo 'make check   format, lints, dependencies, documentation, generated files'
	@echo 'make bench   speed and memory beside other scanners and sandboxes, into bench/RESULTS.md'
	@echo 'make exploits: products with known holes, installed, attacked raw and attacked guarded'
	@echo 'make soak    jails and sessions started and killed at random, each for SOAK_SECONDS seconds (default 3600)'
	@echo 'make fuzz    every parser for FUZZ_SECONDS seconds (default 30); needs a nightly toolchain'
	@echo 'make mutants-jail: takes one stage of the jail away at a time; a test has to notice'
	@echo 'make build   the release binary'

demo:
	@scripts/demo

test:
	@scripts/browser >/dev/null # the report's test opens it in one and fails without
	@scripts/hosts # the servers that the jail's tests run, and hosts on every SDK: tests fail without
	@scripts/conformance # the official suites, and what they are run against
	$(CARGO) test --workspace --locked --no-run
	@scripts/exploits inspector litellm # two products with known holes, installed by the mantrap that was just built
	$(CARGO) test --workspace --locked --no-fail-fast

check:
	@scripts/check

bench:
	@scripts/bench

# Products with known holes, raw and guarded, on loopback.
exploits:
	$(CARGO) test --locked -p mantrap --test exploits --no-run
	@scripts/exploits
	$(CARGO) test --locked -p mantrap --test exploits -- --include-ignored --test-threads 1

soak:
	@scripts/soak
	@scripts/soak --sessions

fuzz:
	@scripts/fuzz

mutants-jail:
	@scripts/mutants-jail

build:
	@scripts/build

# .tools stays: it is what takes minutes to fetch.
clean:
	$(CARGO) clean
