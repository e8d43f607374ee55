# make        says what there is
# make demo   needs Go alone; everything else needs what `make setup` installs

# -l: without inlining the module is 8 % smaller in brotli
GOFLAGS_WASM := -trimpath -ldflags="-s -w" -gcflags=all=-l -buildvcs=false
GO_TOOL      := go tool -modfile=tools.mod
# What the package is tried with: bundlers and runtimes.
PROJECTS     := internal/packagetest/projects
# Where the long proofs write what they measured; FIGURES= for nowhere.
FIGURES := -figures=docs/security.json
# Extra arguments: make demo ARGS="-ttl 60s", make test ONLY="native" V=1
ARGS ?=
SLIM ?=
ONLY ?=
V    ?=

.DEFAULT_GOAL := help
.PHONY: help
help: ## say what each target does
	@awk -F ':.*## ' '/^[a-z_.]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

.PHONY: wasm
wasm: module loader ## build the module with the Go toolchain into the npm package (needs Go alone)
	@$(MAKE) --no-print-directory -s integrity
	@$(if $(WASM),,go run ./internal/sbom jsglue/sbom.cdx.json)

# The tests build modules of their own: WASM is the file, TAGS the build tags.
WASM ?=
TAGS ?=
.PHONY: module
module:
	GOOS=js GOARCH=wasm go build $(GOFLAGS_WASM) -tags "$(TAGS)" -o "$(or $(WASM),jsglue/pkce.wasm)" ./wasm

# For globalThis.pkcewasm the toolchain's wasm_exec.js as it is, for the package on a global object of the caller.
.PHONY: loader
loader:
	@cp "$$(go env GOROOT)/lib/wasm/wasm_exec.js" jsglue/wasm_exec.js
	@{ echo '// Made by make wasm: wasm_exec.js of the Go toolchain, on a global object of the caller.'; \
	  echo 'export function defineGo(globalThis) {'; cat jsglue/wasm_exec.js; echo '}'; } >jsglue/go.exec.new
	@mv jsglue/go.exec.new jsglue/go.exec.js

.PHONY: slim
slim: ## build the module with TinyGo, the release build, into the npm package
	sh internal/tinygo/build.sh "$(or $(WASM),jsglue/pkce.slim.wasm)" ./wasm -tags "$(TAGS)"
	@$(MAKE) --no-print-directory -s integrity

# What the package compares a module with that it loads; not for the tests' own modules.
.PHONY: integrity
integrity:
	@$(if $(WASM),,go run ./internal/integrity jsglue/integrity.js jsglue/pkce.slim.wasm jsglue/pkce.wasm)

.PHONY: tinygo
tinygo: ## set TinyGo up in .tinygo, unless it is there; one that is installed is used
	@sh internal/tinygo/setup.sh .tinygo

# The folder of the tarball.
PACK ?= .
.PHONY: pack
pack: wasm slim ## make the npm package: both builds, the release build by default
	cd jsglue && npm pack --ignore-scripts --pack-destination "$(abspath $(PACK))"

wasm_exec.js: FORCE # after an upgrade of Go
	cp "$$(go env GOROOT)/lib/wasm/wasm_exec.js" $@
FORCE:

.PHONY: demo
demo: wasm $(if $(SLIM),slim) ## serve the demo with an OpenID provider on loopback (needs Go alone); SLIM=1 for the release build
	cd demo && go run . $(if $(SLIM),-slim) $(ARGS)

.PHONY: docs
docs: docs/node_modules ## build the documentation as a static site, in docs/.vitepress/dist
	cd docs && npm run -s build

docs/node_modules: docs/package-lock.json
	cd docs && npm ci --no-audit --no-fund
	@touch $@

.PHONY: test
test: setup wasm ## run every test, in three browsers; ONLY="step ..." for some steps, V=1 for all output
	-@$(MAKE) -s slim
	go run ./internal/runtests $(if $(V),-v) $(ONLY)

# For make test: a tenth of the calls.
SHORT ?=
.PHONY: leaks
leaks: ## check that the release build keeps nothing over 10^4 refreshes and 10^5 calls: references, memory, tokens
	@$(MAKE) --no-print-directory -s slim WASM=.tinygo/crashtest.wasm TAGS=crashtest
	SLIM="$(CURDIR)/.tinygo/crashtest.wasm" SHORT="$(SHORT)" FIGURES="$(FIGURES)" node --test --test-reporter=tap internal/tinygo/leaks.test.mjs

.PHONY: check
check: wasm jsglue/node_modules ## format, vet, linters and types: what a commit must pass (part of make test)
	go run ./internal/runtests lint lint-wasm lint-demo lint-interop lint-package types

.PHONY: fmt
fmt: ## format all Go code
	$(GO_TOOL) golangci-lint fmt

.PHONY: api
api: jsglue/node_modules ## write the public API of the package to jsglue/api.txt, which a test compares
	node .ci/api.mjs >jsglue/api.txt

.PHONY: size
size: wasm slim jsglue/node_modules ## print the bytes to download (raw, gzip, brotli) and what each Go package contributes; fails over .ci/budget.json
	@node .ci/size.mjs

.PHONY: bench
bench: wasm slim jsglue/bench/node_modules ## measure beside the peers, a quarter of an hour of a machine alone; writes docs/bench and the README's table
	cd jsglue/bench && node run.mjs && node readme.mjs

jsglue/bench/node_modules: jsglue/bench/package-lock.json
	cd jsglue/bench && npm ci --no-audit --no-fund
	@touch $@

.PHONY: setup
setup: jsglue/node_modules $(PROJECTS)/node_modules ## install what the tests need and is missing
	@sh .ci/setup-browsers

jsglue/node_modules: jsglue/package-lock.json
	@command -v npm >/dev/null || { echo "Install Node.js 20 or later, with npm"; exit 1; }
	cd jsglue && npm ci --no-audit --no-fund
	@touch $@

# The bundlers and runtimes bring their programs along and need no install scripts.
$(PROJECTS)/node_modules: $(PROJECTS)/package-lock.json
	cd $(PROJECTS) && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

.PHONY: clean
clean: ## remove what was built
	rm -rf jsglue/*.wasm jsglue/wasm_exec.js jsglue/go.exec.js jsglue/integrity.js jsglue/sbom.cdx.json jsglue/node_modules jsglue/bench/node_modules $(PROJECTS)/node_modules docs/node_modules docs/.vitepress/cache docs/.vitepress/dist *.tgz .tinygo .interop

.PHONY: conformance
conformance: ## answer as the modules of the conformance suite for relying parties do, natively and in three browsers; prints the sums
	@go test ./internal/session . -run 'TestConformance$$' -count=1 -v | awk '/^ok|FAIL|conformance:/ { print } /^FAIL/ { failed = 1 } END { exit failed }'

.PHONY: faults
faults: ## play every case of the fault catalogue in three browsers, with both builds; prints how many rows survived and writes docs/faults.md
	go test . -run 'TestFaults$$' -count=1 -v -timeout=2h -faults.all -faults.page=docs/faults.md $(FIGURES) $(ARGS)

.PHONY: hostile
hostile: ## run the package in hostile pages, on poor platforms and on a module that traps 100 times, in three browsers, with both builds
	go test . -run TestHostile -count=1 -v -timeout=1h -hostile.all $(FIGURES)

.PHONY: secrets
secrets: ## look for refresh tokens, verifiers and keys wherever a hostile script or a debugger can, in three browsers
	go test . -run 'TestSecrets|TestHeap' -count=1 -v -timeout=30m $(FIGURES)

.PHONY: interop
interop: setup wasm ## run the package against four real authorization servers and print the matrix (the first build takes minutes, and a C compiler)
	@mkdir -p .interop && rm -f .interop/matrix.txt
	@go test . -run 'TestInterop$$|TestInteropPage' -count=1 -timeout=30m -interop.all; status=$$?; cat .interop/matrix.txt; exit $$status

.PHONY: reproduce
reproduce: tinygo ## build both modules in two clones, in different folders and with empty caches, and compare them to the byte
	@FIGURES='$(FIGURES)' sh .ci/reproduce

.PHONY: model
model: ## check the refresh engine over 10^7 random interleavings of tabs
	go test ./internal/session -run Model -count=1 -v -timeout=1h -model.runs=10000000

# FUZZTIME: per target, a time or a number of executions (10000000x).
FUZZTIME ?= 60s
.PHONY: fuzz
fuzz: ## fuzz everything that reads what others wrote, 60 s each; FUZZTIME=10m for longer, FUZZ=FuzzDo for one
	@sh .ci/fuzz '$(FUZZTIME)' '$(or $(FUZZ),Fuzz)' '$(FIGURES)'

# The one to replay: SEED of the native days and of the hour, DAY of those in Chromium.
SEED ?=
DAY  ?=
.PHONY: soak
soak: ## live through 1000 simulated days with random faults, and 20 in Chromium; SEED=n or DAY=n replays one
	@$(if $(DAY),,go test ./internal/session -run TestSoak -count=1 -v -timeout=1h -soak.seeds=1000 $(if $(SEED),-soak.seed=$(SEED),$(FIGURES)))
	@$(if $(SEED),,go test . -run '^TestDays$$' -count=1 -v -timeout=2h -soak.days=20 $(if $(DAY),-soak.day=$(DAY),$(FIGURES)))

.PHONY: soak-hour
soak-hour: ## use the package in two tabs for an hour, with short tokens and random faults, and watch its memory; SEED=n replays one
	go test . -run '^TestSoakHour$$' -count=1 -v -timeout=2h -soak.time=1h $(if $(SEED),-soak.seed=$(SEED),$(FIGURES))

.PHONY: scale
scale: ## simulate 10^6 clients and an outage; prints the peaks and draws the curve
	go test ./internal/session -run Scale -count=1 -v -scale.clients=1000000 -scale.svg=../../docs/scale.svg

.PHONY: storm
storm: ## 20 tabs that want a new token at once: 200 times in Chromium, 20 times in Firefox and WebKit; prints requests, reuse, waits
	go test . -run '^TestStorm$$' -count=1 -v -timeout=1h -storm.tabs=20 -storm.rotations=200
	go test . -run '^TestTabs$$' -count=1 -v -parallel=2 -timeout=1h -tabs.all -tabs.rounds=20

# As many as are asked for, over three ways of sharing a session.
KILLS ?= 501
.PHONY: kills
kills: ## kill 500 tabs, workers and renderers in the middle of a refresh; prints what became of the others
	go test . -run '^TestKills$$' -count=1 -v -timeout=2h -kills=$$(($(KILLS) / 3))

.PHONY: sleep
sleep: ## hide a tab for 30 minutes under the browser's strictest throttling of timers; prints whether a refresh was late
	go test . -run '^TestHiddenTab$$' -count=1 -v -timeout=1h -hidden=30m
