# Everything that a person does with Oriel. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help build release test test-vm demo bench lint format clean

SWIFT ?= swift
# The viewer carries its Swift runtime with it and needs only the system's C libraries. The runtime's C++ library goes in too,
# where its archive is there: a folder with nothing else in it comes first in the linker's search. It saves half a millisecond
# of the start and a megabyte. Without a search path beside the program, the loader doesn't look for each library there first.
LIBSTDCXX := $(wildcard $(shell gcc -print-file-name=libstdc++.a 2>/dev/null))
RELEASE_FLAGS := -c release -Xswiftc -static-stdlib --disable-local-rpath $(if $(LIBSTDCXX),-Xlinker -L$(CURDIR)/.build/static) --product oriel
release_build = mkdir -p .build/static && $(if $(LIBSTDCXX),ln -sf $(LIBSTDCXX) .build/static/libstdc++.a &&) $(SWIFT) build $(RELEASE_FLAGS)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 18

build: ## build everything for debugging
	scripts/install.sh build
	$(SWIFT) build

release: ## build the viewer: .build/release/oriel
	scripts/install.sh build
	$(release_build)

test: ## run all tests; a warning is an error
	scripts/install.sh test
	$(SWIFT) build --build-tests -Xswiftc -warnings-as-errors
	$(SWIFT) test -Xswiftc -warnings-as-errors

test-vm: ## boot a virtual machine with VFIO devices and a display controller, and test the viewer in it
	scripts/install.sh vm
	$(release_build)
	scripts/vm.sh $(SCENARIOS)
	ORIEL_VM_RESULTS=$(CURDIR)/.build/vm/results $(SWIFT) test -Xswiftc -warnings-as-errors --filter MachineTests

demo: ## show a demonstration guest, in your session or on a headless compositor with a screenshot
	scripts/demo.sh

bench: ## measure what a frame costs, against a plain C client (a benchmark, not a test)
	scripts/install.sh bench
	$(release_build)
	scripts/bench.sh $(BENCH)

lint: ## check format and scripts, changing nothing
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests
	for script in scripts/*.sh scripts/vm/*.sh scripts/vm/scenarios/*.sh Tests/Desk/*.sh Tests/Desk/init; do sh -n "$$script" || exit 1; done
	bash -n .ci/run
	if command -v shellcheck >/dev/null; then shellcheck -x --severity=warning scripts/*.sh scripts/vm/*.sh scripts/vm/scenarios/*.sh Tests/Desk/*.sh .ci/run; fi

format: ## format the Swift sources in place
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests

clean: ## remove everything built
	rm -rf .build
