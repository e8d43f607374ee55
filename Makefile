# make        says what there is
# make demo   needs Go alone; everything else needs what `make setup` installs

# -l: without inlining the module is 8 % smaller in brotli
GOFLAGS_WASM := -trimpath -ldflags="-s -w" -gcflags=all=-l -buildvcs=false
GO_TOOL      := go tool -modfile=tools.mod
# Extra arguments: make demo ARGS="-ttl 60s", make test ONLY="native" V=1
ARGS ?=
ONLY ?=
V    ?=

.DEFAULT_GOAL := help
.PHONY: help
help: ## say what each target does
	@awk -F ':.*## ' '/^[a-z_.]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

.PHONY: wasm
wasm: module ## build the WebAssembly module into the npm package (needs Go alone)
	cp "$$(go env GOROOT)/lib/wasm/wasm_exec.js" jsglue/wasm_exec.js

# The tests build modules of their own: WASM is the file, TAGS the build tags.
WASM ?= jsglue/pkce.wasm
TAGS ?=
.PHONY: module
module:
	GOOS=js GOARCH=wasm go build $(GOFLAGS_WASM) -tags "$(TAGS)" -o "$(WASM)" ./wasm

wasm_exec.js: FORCE # after an upgrade of Go
	cp "$$(go env GOROOT)/lib/wasm/wasm_exec.js" $@
FORCE:

.PHONY: demo
demo: wasm ## serve the demo with an OpenID provider on loopback (needs Go alone)
	cd demo && go run . $(ARGS)

.PHONY: test
test: setup wasm ## run every test, in three browsers; ONLY="step ..." for some steps, V=1 for all output
	go run ./internal/runtests $(if $(V),-v) $(ONLY)

.PHONY: check
check: wasm jsglue/node_modules ## format, vet, linters and types: what a commit must pass (part of make test)
	go run ./internal/runtests lint lint-wasm lint-demo lint-package types

.PHONY: fmt
fmt: ## format all Go code
	$(GO_TOOL) golangci-lint fmt

.PHONY: size
size: wasm ## print the bytes to download: raw, gzip, brotli
	@node .ci/size.mjs

.PHONY: setup
setup: jsglue/node_modules ## install what the tests need and is missing
	@sh .ci/setup-browsers

jsglue/node_modules: jsglue/package-lock.json
	@command -v npm >/dev/null || { echo "Install Node.js 20 or later, with npm"; exit 1; }
	cd jsglue && npm ci --no-audit --no-fund
	@touch $@

.PHONY: clean
clean: ## remove what was built
	rm -rf jsglue/pkce.wasm jsglue/wasm_exec.js jsglue/node_modules jsglue/*.tgz

.PHONY: model
model: ## check the refresh engine over 10^7 random interleavings of tabs
	go test ./internal/session -run Model -count=1 -v -timeout=1h -model.runs=10000000

.PHONY: scale
scale: ## simulate 10^6 clients and an outage; prints the peaks and draws the curve
	go test ./internal/session -run Scale -count=1 -v -scale.clients=1000000 -scale.svg=testdata/scale.svg
