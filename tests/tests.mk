# Tests, lint and analysis; included by the Makefile.
#
#   ONLY='unit/*db*'          run only the jobs whose name matches
#   JOBS=4                    so many jobs at a time; default: one a processor
#   TARGET=codec SECONDS=30   what `make fuzz` fuzzes, and for how long

# A bare `make` uses every processor.
ifeq ($(MAKELEVEL),0)
ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc)
endif
endif

TARGET  ?=
SECONDS ?= 30

CI_DEPS := build/deps-ci.stamp
FRONTEND_DEPS := build/deps-frontends.stamp

# apt-get runs once at a time
$(TEST_DEPS): | $(BUILD_DEPS)
$(CI_DEPS) $(FRONTEND_DEPS): | $(TEST_DEPS)

.PHONY: deps-ci
deps-ci: deps $(CI_DEPS) ## install what `make fuzz`, `make tidy` and `make cppcheck` need, too

# --- archives that only tests link ------------------------------------------------------------

CTL_LIB     := $(B)/libpa-ctl.a
FIXTURE_LIB := $(B)/tests/libpa-fixtures.a
BENCH_LIB   := $(B)/tests/libpa-bench.a

FIXTURE_SRC := $(filter-out tests/fixtures/make_%.c,$(wildcard tests/fixtures/*.c))
MAKE_FLEET  := $(B)/tests/fixtures/make_fleet
MAKE_CRLS   := $(B)/tests/fixtures/make_crls

$(CTL_LIB):     $(call obj,$(filter-out clients/ctl/main.c,$(CTL_SRC)))
$(FIXTURE_LIB): $(call obj,$(FIXTURE_SRC))
$(BENCH_LIB):   $(call obj,$(filter-out tests/bench/bench_%.c,$(wildcard tests/bench/*.c)))

# libpolyauth.a holds the objects of proto/ too: whichever copy comes first is the one that is used.
TEST_LIBS := $(DAEMON_LIB) $(DB_LIB) $(PROTO_LIB) $(CTL_LIB) $(CLIENT_LIB) $(SHIM_HTTP_LIB) $(HTTP_LIB) $(LLHTTP_LIB) \
	$(PAM_LIB) $(SHIM_RADIUS_LIB) $(PORTAL_LIB) $(FIXTURE_LIB) $(BENCH_LIB)

# $(call link,PLAIN-LIBS): the objects, the archives as one group, then the libraries of the system
link = $(CC) -fno-lto $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) \
	-Wl,--end-group $(1)

# --- programs -------------------------------------------------------------------------------

UNIT_SRC     := $(wildcard tests/unit/test_*.c)
FUZZ_SRC     := $(wildcard tests/fuzz/fuzz_*.c)
PLUGIN_SRC   := $(wildcard tests/integration/check_*.c tests/integration/preload_*.c)
PROGRAM_SRC  := $(filter-out $(PLUGIN_SRC),$(wildcard tests/integration/*.c)) $(wildcard tests/demo/*.c)
SCENARIO_SRC := $(wildcard tests/scenario/runner.c)
STORY_SRC    := $(filter-out $(SCENARIO_SRC),$(wildcard tests/scenario/*.c))

program  = $(1:%.c=$(B)/%)
UNIT     := $(call program,$(UNIT_SRC))
FUZZ     := $(call program,$(FUZZ_SRC))
PROGRAMS := $(call program,$(PROGRAM_SRC))
SCENARIO := $(call program,$(SCENARIO_SRC))
PLUGINS  := $(PLUGIN_SRC:%.c=$(B)/%.so)
PKITS    := $(B)/tests/conformance/pkits
CONFORMANCE_PATHS := $(B)/tests/conformance/paths
CONFORMANCE_COLD  := $(B)/tests/conformance/cold
CONFORMANCE_PLAIN := $(B)/tests/conformance/plain
CONFORMANCE := $(PKITS) $(CONFORMANCE_PATHS) $(CONFORMANCE_COLD) $(CONFORMANCE_PLAIN)
MAKE_SEEDS  := $(B)/tests/fuzz/make_seeds
DIFFERENTIAL := $(B)/tests/frontends/differential
RENEGOTIATE  := $(B)/tests/frontends/renegotiate
FLEET    := $(B)/fleet.stamp
STORY_FLEET := $(B)/story-fleet.stamp
BENCH    := $(call program,$(wildcard tests/bench/bench_*.c))

TEST_OBJ := $(call obj,$(wildcard tests/*/*.c))
$(TEST_OBJ): | $(TEST_DEPS)

$(UNIT): $(B)/%: $(B)/%.o $(TEST_LIBS)
	$(call say,LD,$@)$(call link,-lcmocka $(DAEMON_LIBS) $(CTL_LIBS))

$(SCENARIO): $(B)/%: $(B)/%.o $(call obj,$(STORY_SRC)) $(DAEMON_LIB) $(DB_LIB) $(PROTO_LIB) $(FIXTURE_LIB)
	$(call say,LD,$@)$(call link,$(DAEMON_LIBS))

$(PROGRAMS): $(B)/%: $(B)/%.o $(DB_LIB) $(PROTO_LIB) $(CLIENT_LIB)
	$(call say,LD,$@)$(call link,-luv $(DB_LIBS))

$(BENCH): $(B)/%: $(B)/%.o $(TEST_LIBS)
	$(call say,LD,$@)$(call link,$(DAEMON_LIBS))

$(PKITS): $(call obj,$(wildcard tests/conformance/pkits*.c))
$(CONFORMANCE_COLD): $(call obj,$(wildcard tests/conformance/cold*.c) tests/conformance/pkits_row.c)
$(CONFORMANCE_PATHS): $(call obj,$(wildcard tests/conformance/paths*.c))
$(CONFORMANCE_PLAIN): $(call obj,tests/conformance/plain.c tests/conformance/paths_world.c)
$(DIFFERENTIAL): $(call obj,$(wildcard tests/frontends/differential*.c) $(filter-out %/paths.c,$(wildcard tests/conformance/paths*.c)))
$(RENEGOTIATE): $(B)/%: $(B)/%.o
	$(call say,LD,$@)$(call link,-lssl -lcrypto)

$(CONFORMANCE) $(DIFFERENTIAL): $(DAEMON_LIB) $(DB_LIB) $(PROTO_LIB) $(FIXTURE_LIB)
	$(call say,LD,$@)$(call link,$(DAEMON_LIBS))

$(MAKE_FLEET) $(MAKE_CRLS): $(B)/%: $(B)/%.o $(FIXTURE_LIB) $(PROTO_LIB)
	$(call say,LD,$@)$(call link,-lcrypto $(PROTO_LIBS))

$(MAKE_SEEDS): $(B)/%: $(B)/%.o $(DAEMON_LIB) $(DB_LIB) $(PROTO_LIB) $(FIXTURE_LIB)
	$(call say,LD,$@)$(call link,$(DAEMON_LIBS))

$(PLUGINS): $(B)/%.so: %.c | $(BUILD_DEPS) $(TEST_DEPS) $(PB_C)
	$(call say,LD,$@)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(ALL_CFLAGS) -DPA_CHECK_PLUGIN -MMD -MP \
		-shared -fno-lto $(ALL_LDFLAGS) -o $@ $<

# Each fuzz target replays its corpus; with clang's engine in place of replay.o it fuzzes.
ifdef FUZZ_ENGINE
FUZZ_MAIN :=
FUZZ_LINK := -fsanitize=fuzzer
else
FUZZ_MAIN := $(call obj,$(wildcard tests/fuzz/replay.c))
FUZZ_LINK :=
endif

$(FUZZ): $(B)/%: $(B)/%.o $(FUZZ_MAIN) $(TEST_LIBS)
	$(call say,LD,$@)$(call link,$(FUZZ_LINK) $(DAEMON_LIBS) $(CTL_LIBS))

# Fleets of RSA-2048, for speed; `make demo` has the real sizes. The one of the integration tests is of
# today, the one of the stories of the day on which their clock starts.
# 2026-01-01T00:00:00Z
STORY_START := 1767225600

$(FLEET) $(STORY_FLEET): $(B)/%.stamp: $(MAKE_FLEET)
	$(call say,FLEET,$(B)/$*)rm -rf $(B)/$* && $(MAKE_FLEET) --rsa 2048 $(FLEET_NOW) $(B)/$* && touch $@
$(STORY_FLEET): FLEET_NOW = --now $(STORY_START)

# the CRLs of a fleet are dated: one of yesterday is made again
ifneq ($(shell find $(B)/fleet.stamp -mmin +720 2>/dev/null),)
.PHONY: $(FLEET)
endif

include tests/bench/bench.mk

# --- running them ---------------------------------------------------------------------------

LINTED := $(CLIENT_SO) $(DAEMON_LIB) $(DB_LIB) $(PROTO_LIB) $(HTTP_LIB) $(SHIM_HTTP_LIB) $(PAM_LIB) $(SHIM_RADIUS_LIB) $(PORTAL_LIB)
RUN     = $(Q)CC='$(CC)' SAN='$(SAN)' tests/run $(RUN_FLAGS) $(B)

.PHONY: build-tests test test-unit test-scenario test-integration test-fuzz test-valgrind conformance lint
ALL_TESTS := $(UNIT) $(BENCH) $(FUZZ) $(PROGRAMS) $(SCENARIO) $(PLUGINS) $(CONFORMANCE) $(DIFFERENTIAL) $(RENEGOTIATE) $(MAKE_SEEDS) $(MAKE_CRLS) $(FLEET) $(STORY_FLEET) $(FEW_PHONES)/stamp
build-tests: all $(ALL_TESTS) ## build the tests, without running them

test: deps build-tests ## run every test and lint
	$(RUN)

test-unit: deps $(UNIT) $(PLUGINS) $(FLEET) ## run the unit tests
	$(RUN) unit

test-scenario: deps $(SCENARIO) $(STORY_FLEET) ## tell the stories of tests/scenario
	$(RUN) scenario

test-integration: deps all $(PROGRAMS) $(PLUGINS) $(MAKE_CRLS) $(FLEET) $(FEW_PHONES)/stamp $(call bench,instr) ## test a real polyauthd over its sockets
	$(RUN) integration

test-fuzz: deps $(FUZZ) ## replay the corpora of the fuzz targets
	$(RUN) fuzz

test-valgrind: RUN_FLAGS := --valgrind
test-valgrind: deps all $(PROGRAMS) $(PLUGINS) $(MAKE_CRLS) $(FLEET) ## the integration tests, polyauthd under valgrind
	$(RUN) integration

conformance: deps $(PKITS) ## NIST's certification paths: what is accepted, what is refused and why
	$(Q)TMPDIR=$$(mktemp -d) && export TMPDIR && trap 'rm -rf "$$TMPDIR"' EXIT && \
		$(PKITS) tests/conformance/pkits.tsv

.PHONY: conformance-paths
conformance-paths: deps $(CONFORMANCE_PATHS) ## whose file is it: attacks that web servers fell for, COUNT mutations of them from SEED
	$(Q)TMPDIR=$$(mktemp -d) && export TMPDIR && trap 'rm -rf "$$TMPDIR"' EXIT && \
		COUNT=$(or $(COUNT),100000) SEED=$(or $(SEED),$$(date +%s)) $(CONFORMANCE_PATHS) tests/conformance/paths.tsv

.PHONY: conformance-cold
conformance-cold: deps $(CONFORMANCE_COLD) $(FLEET) ## leaves of a known issuer, verified shortly and in full: COUNT by chance from SEED
	$(Q)COUNT=$(or $(COUNT),1000000) SEED=$(or $(SEED),$$(date +%s)) FLEET=$(B)/fleet \
		$(CONFORMANCE_COLD) tests/conformance/pkits.tsv

.PHONY: conformance-plain
conformance-plain: deps $(CONFORMANCE_PLAIN) ## COUNT requests by chance from SEED, decided with every short cut and without any
	$(Q)COUNT=$(or $(COUNT),1000000) SEED=$(or $(SEED),$$(date +%s)) $(CONFORMANCE_PLAIN)

.PHONY: test-guards
test-guards: deps $(UNIT) ## delete the guards of the path code one by one: which test notices?
	$(Q)CC='$(CC)' GUARDS_LIBS='-lcmocka $(DAEMON_LIBS) $(CTL_LIBS)' tests/guards $(B)

.PHONY: test-frontends
test-frontends: export REQUESTS := $(or $(REQUESTS),60000)
test-frontends: deps $(FRONTEND_DEPS) $(DIFFERENTIAL) $(RENEGOTIATE) all mod-apache mod-nginx mod-pam $(FLEET) ## install front ends, and try the recipes in them
	$(RUN) frontends

.PHONY: test-portal
test-portal: deps $(FRONTEND_DEPS) all $(FLEET) ## the portal in a browser, used by people and a phone; screenshots go to build/shots
	$(Q)packaging/deps/install.sh packaging/deps/portal.txt || echo '  the browser cannot be installed: its tests are skipped'
	$(RUN) browser

.PHONY: test-otp test-differential
test-otp: export OTP_ROUNDS := $(or $(ROUNDS),1000)
test-otp: deps all $(PROGRAMS) $(PLUGINS) $(FLEET) ## ROUNDS=1000 of many requests with one one-time password each
	$(Q)ONLY='integration/otp' CC='$(CC)' SAN='$(SAN)' tests/run $(RUN_FLAGS) $(B) integration

test-differential: export COUNT := $(or $(COUNT),20000)
test-differential: export SEED := $(or $(SEED),$(shell date +%s))
test-differential: deps $(FRONTEND_DEPS) $(DIFFERENTIAL) ## COUNT targets from SEED: what a web server serves of others, polyauthd denies
	$(Q)B=$(B) bats tests/frontends/differential.bats

lint: deps $(LINTED) ## check the house rules
	$(RUN) lint

FUZZ_B := build/fuzz
FUZZ_TARGETS := $(if $(TARGET),$(TARGET),$(FUZZ_SRC:tests/fuzz/fuzz_%.c=%))

.PHONY: fuzz
fuzz: deps $(CI_DEPS) ## fuzz TARGET (default: each in turn) for SECONDS, with clang
	$(Q)$(MAKE) --no-print-directory CC=clang B=$(FUZZ_B) FUZZ_ENGINE=1 \
		SAN=fuzzer-no-link,address,undefined $(FUZZ_TARGETS:%=$(FUZZ_B)/tests/fuzz/fuzz_%)
	$(Q)set -e; for target in $(FUZZ_TARGETS); do \
		mkdir -p $(FUZZ_B)/corpus/$$target $(FUZZ_B)/found; \
		$(FUZZ_B)/tests/fuzz/fuzz_$$target -max_total_time=$(SECONDS) -timeout=10 \
			-rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix=$(FUZZ_B)/found/$$target- \
			$(FUZZ_B)/corpus/$$target $$(ls -d tests/fuzz/corpus/$$target 2>/dev/null); \
	done

.PHONY: fuzz-seeds
fuzz-seeds: deps $(MAKE_SEEDS) ## make the seeds of the fuzz targets crl, chain and known_issuer anew
	$(Q)mkdir -p $(patsubst %,tests/fuzz/corpus/%,crl chain known_issuer) && $(MAKE_SEEDS) tests/fuzz/corpus

.PHONY: demo
demo: deps all $(MAKE_FLEET) $(PROGRAMS) ## boot a demo fleet against polyauthd and show the verdicts
	$(Q)tests/demo/demo.sh $(B)

.PHONY: fixtures clean-fixtures
fixtures: $(FLEET) $(STORY_FLEET) ## make the fleets of certificates that the tests use
clean-fixtures: ## remove them
	$(Q)rm -rf $(B)/fleet $(B)/story-fleet $(FLEET) $(STORY_FLEET)

# --- analysis -------------------------------------------------------------------------------

.PHONY: check-format tidy cppcheck
check-format: $(TEST_DEPS) ## fail if a source is not laid out as clang-format would
	$(Q)tests/lint/format.sh

PRODUCT_SRC := $(PROTO_SRC) $(DB_SRC) $(DAEMON_SRC) $(wildcard daemon/main.c) $(CLIENT_SRC) $(CTL_SRC) \
	$(HTTP_SRC) $(SHIM_HTTP_SRC) $(SHIM_RADIUS_SRC) $(if $(APXS),$(APACHE_SRC)) $(if $(HAVE_NGINX),$(NGINX_SRC)) \
	$(if $(PAM_HEADER),$(PAM_SRC))
TIDY_FLAGS  := -std=c17 -I. -isystem $(B)/gen -D_GNU_SOURCE -DPA_VERSION='"$(VERSION)"'

$(patsubst %.c,$(B)/tidy/%.ok,$(HTTP_SRC) $(SHIM_HTTP_SRC)): private TIDY_FLAGS += -isystem /usr/share/include
$(APACHE_SRC:%.c=$(B)/tidy/%.ok): private TIDY_FLAGS += $(APACHE_FLAGS) -DAP_HAVE_DESIGNATED_INITIALIZER
$(NGINX_SRC:%.c=$(B)/tidy/%.ok): private TIDY_FLAGS += $(NGINX_FLAGS)

# one stamp a source; headers are followed through the .d file of its object
$(B)/tidy/%.ok: %.c $(B)/%.o .clang-tidy | $(CI_DEPS)
	$(call say,TIDY,$<)mkdir -p $(@D) && clang-tidy --quiet $< -- $(TIDY_FLAGS) 2>$@.err \
		|| { cat $@.err >&2; exit 1; } && rm -f $@.err && touch $@

tidy: $(PRODUCT_SRC:%.c=$(B)/tidy/%.ok) ## analyse the sources with clang-tidy

cppcheck: $(PB_C) | $(CI_DEPS) ## analyse the sources with cppcheck
	$(call say,CHECK,cppcheck)cppcheck --quiet -j "$$(nproc)" --std=c11 --platform=unix64 \
		--library=posix,gnu --enable=warning,performance,portability --inline-suppr \
		--suppressions-list=tests/lint/cppcheck.txt --error-exitcode=1 \
		-I. -D_GNU_SOURCE -DPA_VERSION='"$(VERSION)"' $(PRODUCT_SRC)
