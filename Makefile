# Everything that a person does with Oriel. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help build release install test test-vm check-long demo bench bench-vm lint format clean

SWIFT ?= swift
PREFIX ?= /usr/local
TEST_FLAGS := -Xswiftc -warnings-as-errors
# The Swift runtime and some libraries are linked into the viewer (scripts/static.sh). It has no search path beside the program, where
# the loader would look first for each of the other libraries.
RELEASE_FLAGS := -c release -Xswiftc -static-stdlib -Xswiftc -Xclang-linker -Xswiftc -static-libgcc --disable-local-rpath \
    -Xlinker -L$(CURDIR)/.build/static --product oriel
release_build = scripts/static.sh && PKG_CONFIG_PATH=$(CURDIR)/.build/static/pkgconfig:$$PKG_CONFIG_PATH $(SWIFT) build $(RELEASE_FLAGS) $$(cat .build/static/flags)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 18

build: ## build everything for debugging
	scripts/install.sh build
	$(SWIFT) build

release: ## build the viewer: .build/release/oriel
	scripts/install.sh build
	$(release_build)

# It builds nothing: root, for example, may have no toolchain.
install: ## install what `make release` built, with menu entry, icon, systemd unit and manual; PREFIX defaults to /usr/local, DESTDIR goes before it
	@test -x .build/release/oriel || { echo "make install: there is nothing to install: run 'make release' first" >&2; exit 69; }
	install -D -m 755 .build/release/oriel $(DESTDIR)$(PREFIX)/bin/oriel
	install -D -m 644 scripts/desktop/oriel.desktop $(DESTDIR)$(PREFIX)/share/applications/oriel.desktop
	install -D -m 644 scripts/desktop/oriel.svg $(DESTDIR)$(PREFIX)/share/icons/hicolor/scalable/apps/oriel.svg
	install -D -m 644 docs/kiosk/oriel-kiosk.5 $(DESTDIR)$(PREFIX)/share/man/man5/oriel-kiosk.5
	install -D -m 644 scripts/systemd/oriel-kiosk.service $(DESTDIR)$(PREFIX)/lib/systemd/user/oriel-kiosk.service
	sed -i 's|@bindir@|$(PREFIX)/bin|' $(DESTDIR)$(PREFIX)/lib/systemd/user/oriel-kiosk.service

test: ## run all tests; a warning is an error
	scripts/install.sh test
	scripts/prometheus.sh
	$(SWIFT) build --build-tests $(TEST_FLAGS)
	scripts/test.sh $(TEST_FLAGS)

test-vm: ## boot a virtual machine with VFIO devices and a display controller, and test the viewer in it
	scripts/install.sh vm
	$(release_build)
	scripts/vm.sh $(SCENARIOS)
	ORIEL_VM_RESULTS=$(CURDIR)/.build/vm/results $(SWIFT) test $(TEST_FLAGS) --filter MachineTests

check-long: ## run the long checks: AddressSanitizer, clean roots of Debian 12 and 13, tests on a busy machine; PARTS selects some
	scripts/install.sh long
	scripts/check-long.sh $(PARTS)

demo: ## show a demonstration guest, in your session or on a headless compositor with a screenshot
	scripts/demo.sh

bench: ## measure what a frame costs, against a plain C client, and a guest with other viewers (a benchmark, not a test)
	scripts/install.sh bench
	$(release_build)
	scripts/bench.sh $(BENCH)
	scripts/bench-scale.sh
	scripts/bench-peers.sh $(PEERS)

bench-vm: ## measure QEMU's own GL window and Oriel, in full screen in the virtual machine (a benchmark, not a test)
	scripts/install.sh vm
	$(release_build)
	scripts/bench-gl.sh $(BENCH)

lint: ## check format and scripts, changing nothing
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests
	for script in scripts/*.sh scripts/vm/*.sh scripts/vm/scenarios/*.sh scripts/vm/bench/*.sh Tests/Desk/*.sh Tests/Desk/init; do sh -n "$$script" || exit 1; done
	bash -n .ci/run
	! grep -rnE 'forAtMost: |usleep\(|expect\(.*\.now\(\) - .* < [0-9]' Tests --include='*.swift' | grep -v Tests/Support/TestSupport/
	if command -v groff >/dev/null; then test -z "$$(groff -mdoc -ww -z docs/kiosk/oriel-kiosk.5 2>&1)"; fi
	if command -v systemd-analyze >/dev/null; then mkdir -p .build && sed 's|@bindir@/oriel|/bin/true|' scripts/systemd/oriel-kiosk.service \
		> .build/oriel-kiosk.service && systemd-analyze verify --man=no .build/oriel-kiosk.service; fi
	if command -v desktop-file-validate >/dev/null; then desktop-file-validate scripts/desktop/oriel.desktop; fi
	if command -v shellcheck >/dev/null; then shellcheck -x --severity=warning scripts/*.sh scripts/vm/*.sh scripts/vm/scenarios/*.sh scripts/vm/bench/*.sh Tests/Desk/*.sh .ci/run; fi

format: ## format the Swift sources in place
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests

clean: ## remove everything built
	rm -rf .build
