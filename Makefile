# run · test · e2e · check · bench · release: each installs what it needs on a bare Debian 12 with rustup's stable Rust.

TARGET  := x86_64-unknown-linux-musl
STATIC  := target/$(TARGET)/release
NEO     := $(STATIC)/neo
SERVE   := $(STATIC)/neo-serve
DEBUG   := $(CURDIR)/target/debug
LISTEN  ?= 127.0.0.1:8025
DENY    := 0.20.2
# What is uploaded is linked statically, so it is also what is run, tried and measured here.
# musl, not glibc: a tenth smaller, and its look-up of names loads nothing from the host (glibc's does, also when static).
# Packed relocations (RELR) save a tenth of the file; functions that came out the same are kept once (ICF). Both need
# lld; the one that comes with Rust is told to the C compiler by its folder.
LLD     := $$(rustc --print sysroot)/lib/rustlib/$$(rustc --print host-tuple)/bin/gcc-ld
LINK    := CC_x86_64_unknown_linux_musl=musl-gcc RUSTFLAGS="-C target-feature=+crt-static \
	-C link-arg=-fuse-ld=lld -C link-arg=-B$(LLD) -C link-arg=-Wl,-z,pack-relative-relocs -C link-arg=-Wl,--icf=all"

# Named one by one: the package alone has other features, and everything would be compiled once more.
FLEET_TESTS := $(patsubst fleet/tests/%.rs,--test %,$(wildcard fleet/tests/*.rs))

.PHONY: help run test e2e check bench bench-fleet release audit fleet static musl tools deny-tool
help:
	@sed -n 's/^#= //p' Makefile

#= make run      build, start NEO with its own small web server, print the URL and the set-up code
run: static
	@mkdir -p data && chmod 700 data
	@install -m 755 $(NEO) public_html/neo.cgi
	@echo; echo "NEO: http://$(LISTEN)/neo.cgi/    (Ctrl-C ends it; data lies in data/)"
	@$(NEO) --data data setup --code
	@exec $(SERVE) --cgi public_html/neo.cgi --public-html public_html --data data --listen $(LISTEN) --tick-every 60

#= make test     everything that needs no server
test: tools
	cargo test --locked --workspace --features neo/serve

#= make e2e      real web servers, a real MTA and a real PostgreSQL from Debian's packages, driven from outside
e2e: static
	cargo build --locked --workspace --features neo/serve --bin neo-fleet --example next_version
	NEO_EXE=$(CURDIR)/$(NEO) NEO_FLEET_EXE=$(DEBUG)/neo-fleet NEO_NEXT_EXE=$(DEBUG)/examples/next_version tests/e2e/run
	tests/e2e/support/with-postgres cargo test --locked --workspace --features neo/serve $(FLEET_TESTS) -- --include-ignored

#= make check    formatting, lints, documentation, licences and sources of dependencies
check: tools deny-tool
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --document-private-items --all-features
	cargo deny --workspace --all-features check licenses bans sources

#= make audit    known holes in dependencies (asks the network)
audit: deny-tool
	cargo deny --workspace --all-features check advisories

#= make bench    speed and memory, as ratios within one run
bench: static
	NEO_EXE=$(CURDIR)/$(NEO) benches/run

#= make bench-fleet  the vendor's poller with a hundred thousand simulated sites, on SQLite and on PostgreSQL
bench-fleet: tools
	cargo build --locked --release -p neo-fleet --bin neo-fleet --example simulated-sites
	benches/fleet/run

#= make release  dist/neo.cgi, its size, its hash
release: static
	@mkdir -p dist && install -m 755 $(NEO) dist/neo.cgi
	@file dist/neo.cgi 2>/dev/null | grep -q 'dynamically linked' && { echo 'not static'; exit 1; } || true
	@! ldd dist/neo.cgi >/dev/null 2>&1 || ldd dist/neo.cgi | grep -q 'statically linked'
	@test $$(stat -c %s dist/neo.cgi) -le 8388608 || { echo 'larger than 8 MiB'; exit 1; }
	@ls -l dist/neo.cgi && cd dist && sha256sum neo.cgi | tee neo.cgi.sha256

#= make fleet    the vendor's server (target/release/neo-fleet); never a part of what is uploaded
fleet: tools
	cargo build --locked --release -p neo-fleet
	@! cargo tree --locked -p neo -e normal --prefix none | grep -E '^(tokio|postgres) ' || { echo 'neo has got a part of it'; exit 1; }

static: musl
	$(LINK) cargo build --locked --release -p neo --features serve --bins --target $(TARGET)
	@strip --strip-all $(NEO)   # the linker leaves a table of symbols in a static executable

musl: tools
	@command -v musl-gcc >/dev/null || tests/support/install musl-tools
	@rustup target list --installed | grep -qx $(TARGET) || rustup target add $(TARGET)

# A C compiler for SQLite and ring; Python reads composed mails back in a test.
tools:
	@command -v cc >/dev/null && command -v python3 >/dev/null || tests/support/install gcc libc6-dev python3

deny-tool: tools
	@cargo deny --version 2>/dev/null | grep -q ' $(DENY)$$' || cargo install --locked cargo-deny --version $(DENY)
