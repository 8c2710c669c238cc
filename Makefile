# The short front of the Meson build: `make` builds build/mica; `make help` lists the rest.
export BUILD ?= build
MESON_ARGS ?=
NINJA = ninja -C
RUN_TESTS = tools/run_tests.sh

.PHONY: all help deps mnist serve-demo test bench lint install sanitize thread fuzz clean
all: $(BUILD)/build.ninja ## build the command (build/mica) and the library
	@$(NINJA) $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 18

deps: ## install what building and testing need
	@tools/install_deps.sh --for test

$(BUILD)/build.ninja:
	@tools/install_deps.sh --for build
	@meson setup $(BUILD) $(MESON_ARGS)

mnist: ## install what is missing, build, train the MNIST network, save mnist_model.h5
	@tools/install_deps.sh --for build
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@$(NINJA) $(BUILD) mica
	$(BUILD)/mica train examples/mnist/recipe.json

serve-demo: ## serve the MNIST network that lies in data/mnist, on port 8080
	@tools/install_deps.sh --for build
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@$(NINJA) $(BUILD) mica
	@echo "From another terminal:"
	@echo "  curl --data-binary @data/mnist/seven.png 'http://127.0.0.1:8080/v2/models/mnist/picture?top=3'"
	$(BUILD)/mica serve mnist=data/mnist/mnist_model.h5

test: ## install what is missing, build, run all tests
	@tools/install_deps.sh --for test
	@$(MAKE) --no-print-directory all
	@$(RUN_TESTS) $(BUILD)

bench: ## measure, side by side with TensorFlow, PyTorch and ONNX Runtime where they are found
	@tools/install_deps.sh --for bench
	@$(MAKE) --no-print-directory all
	@bench/run.sh $(BUILD)

lint: ## format, clang-tidy, levels of the rooms, sizes of files, names
	@tools/install_deps.sh --for lint
	@$(MAKE) --no-print-directory all
	@tools/lint.sh $(BUILD)

install: all ## install the command, library, headers, pkg-config file (DESTDIR, MESON_ARGS=--prefix=…)
	@$(if $(MESON_ARGS),meson configure $(BUILD) $(MESON_ARGS) && $(NINJA) $(BUILD))
	@meson install -C $(BUILD) --no-rebuild

sanitize: ## all tests under the address and undefined-behaviour sanitizers
	@tools/install_deps.sh --for test
	@tools/sanitize.sh address build-sanitize

thread: ## the tests of threads under the thread sanitizer
	@tools/install_deps.sh --for test
	@tools/sanitize.sh thread build-thread

fuzz: ## every fuzz target for FUZZ_SECONDS (20) each
	@tools/install_deps.sh --for fuzz
	@tools/fuzz.sh build-fuzz $(or $(FUZZ_SECONDS),20)

clean: ## remove the build folders
	rm -rf build build-sanitize build-thread build-fuzz build-onednn3 build-small build-arm64 build-clang
