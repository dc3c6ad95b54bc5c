# VongGac. `make deps build` sets everything up; `make test` checks it.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: install deps report-deps build release demo lab lab-deps test conformance fuzz oracle bench keyword-tables lint sign-playbooks clean

DEBIAN_PACKAGES := libpcap-dev libssl-dev libsqlite3-dev libpcre2-dev zlib1g-dev libbrotli-dev liblzma-dev libmagic-dev libmaxminddb-dev libncurses-dev tmux publicsuffix pkg-config
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

deps: ## install the Debian packages that the build needs
	@missing=(); for p in $(DEBIAN_PACKAGES); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing+=($$p); done; \
	if [ $${#missing[@]} -gt 0 ]; then \
	  $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$${missing[@]}"; \
	fi
	@command -v swift >/dev/null || { echo "Swift 6.2 or newer is needed: install it from swift.org/install, put its usr/bin on the PATH, then run make deps again." >&2; exit 1; }
	@swift --version 2>/dev/null | head -1

REPORT_PACKAGES := weasyprint fonts-liberation2 poppler-utils libreoffice-writer-nogui libreoffice-calc-nogui
report-deps: ## what makes PDF of reports (weasyprint, fonts-liberation2), and what tests look at documents with
	@$(MAKE) --no-print-directory deps DEBIAN_PACKAGES="$(REPORT_PACKAGES)"

build: ## debug build
	swift build

release: ## optimised build
	swift build -c release

PREFIX ?= /usr/local
install: release ## programs, manual pages, completions, rules and playbooks below PREFIX (DESTDIR for packages)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man8 $(DESTDIR)$(PREFIX)/share/vonggac \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	install -m 755 .build/release/vonggac .build/release/vonggac-sensor $(DESTDIR)$(PREFIX)/bin/
	.build/release/vonggac documentation man --lang en -o $(DESTDIR)$(PREFIX)/share/man/man1
	.build/release/vonggac documentation man --lang vi -o $(DESTDIR)$(PREFIX)/share/man/vi/man1
	.build/release/vonggac documentation man --sensor > $(DESTDIR)$(PREFIX)/share/man/man8/vonggac-sensor.8
	.build/release/vonggac documentation completions bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/vonggac
	.build/release/vonggac documentation completions zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_vonggac
	.build/release/vonggac documentation completions fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/vonggac.fish
	.build/release/vonggac documentation completions bash --sensor > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/vonggac-sensor
	.build/release/vonggac documentation completions zsh --sensor > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_vonggac-sensor
	.build/release/vonggac documentation completions fish --sensor > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/vonggac-sensor.fish
	cp -R Rules Playbooks $(DESTDIR)$(PREFIX)/share/vonggac/

test: ## build and run every test
	swift test

demo: release ## a recorded attack day: alerts, incidents, a playbook run, the weekly report, all in .demo/
	@Tests/Lab/demo

lab-deps: ## install what the office lab runs
	@$(MAKE) --no-print-directory deps DEBIAN_PACKAGES="$$(grep -v '^#' Tests/Lab/deps | tr '\n' ' ')"

lab: ## build the office lab and record it anew (root)
	Tests/Lab/lab all

conformance: release ## both yardsticks, with the material in CORPUS=…, HARNESS=…
	Tests/conformance $(CORPUS) $(HARNESS)

fuzz: ## every parser against libFuzzer, FUZZ_SECONDS=60 each
	Tests/Fuzz/run $(TARGETS)

bench: release ## run the benchmarks and write their figures into docs/performance.md; CAPTURE=… RULES=… CONFIG=… SURICATA=…
	VONGGAC_BENCH=1 swift build -c release --product bench-incidents
	Benchmarks/write-performance

oracle: release ## alerts of an installed Suricata on rules made at random, CAPTURES=… SEED=1
	Tests/Oracle/oracle --seed $(or $(SEED),1) $(CAPTURES)

keyword-tables: ## write the table of buffers in docs/rules.md anew
	VONGGAC_KEYWORD_TABLES=docs swift test --filter KeywordDocumentTests/documentAndProtocolsAgree || true

lint: ## formatting as .swift-format says
	swift format lint --strict --recursive --parallel Sources Tests Package.swift

sign-playbooks: build ## sign the shipped playbooks anew, with a key that is thrown away
	Playbooks/sign

clean:
	rm -rf .build .demo
