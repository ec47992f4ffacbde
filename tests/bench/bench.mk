# Benchmarks; included by tests/tests.mk. None is part of `make test`.
#
#   ROUNDS=9 DURATION_MS=200  how often, and for how long each time, a benchmark measures

bench = $(B)/tests/bench/bench_$(1)

PEER_DEPS := build/deps-peers.stamp
PLOT_DEPS := build/deps-plot.stamp
$(PEER_DEPS) $(PLOT_DEPS): | $(TEST_DEPS)

# Phones and what they ask: made once, whatever the compiler.
PHONES     := build/bench/phones-20000
FEW_PHONES := build/bench/phones-64

build/bench/phones-%/stamp: tests/bench/bench_phones.c tests/fixtures/pki.c | $(call bench,phones)
	$(call say,PHONES,$(@D))mkdir -p build/bench && $(call bench,phones) $* $(@D) && touch $@

# What is measured is the daemon as a fleet's host should have it: trained, where the compiler is gcc.
MEASURED := $(if $(SAN)$(if $(findstring gcc,$(CC)),,$(CC)),$(POLYAUTHD),$(PLAIN)-trained/polyauthd)
ifneq ($(MEASURED),$(POLYAUTHD))
.PHONY: $(MEASURED)
$(MEASURED): | $(POLYAUTHCTL) $(call bench,train) $(FEW_PHONES)/stamp
	$(Q)+$(MAKE) --no-print-directory TRAINED=yes $@
endif

# What is quick; the targets of all at the end, once more as one table.
.PHONY: bench
bench: deps all $(MEASURED) $(BENCH) $(PHONES)/stamp $(FEW_PHONES)/stamp ## what a warm request costs, beside what the machine allows, and beside hashes
	$(Q)$(call bench,warm) $(MEASURED) $(POLYAUTHCTL) $(PHONES)
	$(Q)$(call bench,busy) $(MEASURED) $(POLYAUTHCTL) $(PHONES)
	$(Q)$(call bench,instr) $(MEASURED) $(POLYAUTHCTL) $(FEW_PHONES)
	$(Q)cd build/bench && cat warm.tsv busy.tsv instr.tsv >all.rows && echo && cd ../.. && \
		$(call bench,table) all build/bench/all.rows

.PHONY: bench-plot
bench-plot: deps $(PLOT_DEPS) all $(MEASURED) $(BENCH) $(PHONES)/stamp ## draw latency by load: build/bench/latency.svg
	$(Q)$(call bench,curve) $(MEASURED) $(POLYAUTHCTL) $(PHONES)
	$(Q)gnuplot tests/bench/latency.gp && echo build/bench/latency.svg

# The figures hold for gcc -O2 and the libraries of Debian 12, not trained. RECORD=1 writes them.
INSTRUCTIONS := tests/bench/instructions.tsv

.PHONY: bench-instr
bench-instr: deps all $(MEASURED) $(BENCH) $(FEW_PHONES)/stamp ## how many instructions a warm request takes; TOP=30 of the functions that take them
	$(Q)rm -rf build/bench/instr
	$(Q)$(if $(TOP),KEEP=build/bench/instr) $(if $(RECORD),RECORD=$(RECORD)) \
		$(call bench,instr) $(POLYAUTHD) $(POLYAUTHCTL) $(FEW_PHONES) $(INSTRUCTIONS)
	$(Q)$(if $(TOP),TOP=$(TOP) tests/bench/top_functions build/bench/instr)
	$(Q)$(if $(filter-out $(POLYAUTHD),$(MEASURED)),echo 'trained:' && $(call bench,instr) $(MEASURED) $(POLYAUTHCTL) $(FEW_PHONES))

.PHONY: bench-peers
bench-peers: deps $(PEER_DEPS) all $(MEASURED) $(BENCH) $(PHONES)/stamp $(FLEET) ## what other servers take for a question: Dovecot, FreeRADIUS, saslauthd, nginx, Apache
	$(Q)tests/bench/peers/run $(B) $(MEASURED) $(PHONES)

.PHONY: bench-cold
bench-cold: deps $(BENCH) $(PHONES)/stamp ## what a phone's first request costs under a known issuer, beside one verification of RSA
	$(Q)$(call bench,cold) $(PHONES)

.PHONY: bench-crl
bench-crl: deps all $(MEASURED) $(BENCH) ## what a CRL of a million entries costs
	$(Q)$(call bench,crl) $(MEASURED) $(POLYAUTHCTL)

.PHONY: bench-devices
bench-devices: deps all $(MEASURED) $(BENCH) ## what a list of a million devices costs
	$(Q)$(call bench,devices) $(MEASURED) $(POLYAUTHCTL)

.PHONY: bench-growth
bench-growth: deps all $(MEASURED) $(BENCH) $(PHONES)/stamp ## what millions of devices and revoked serials take, and cost; PARTS='serials start'
	$(Q)$(call bench,growth) $(MEASURED) $(POLYAUTHCTL) $(PHONES) $(PARTS)

.PHONY: bench-frontends
bench-frontends: deps $(FRONTEND_DEPS) all $(MEASURED) mod-apache mod-nginx $(FLEET) ## what asking polyauthd costs FRONTENDS (apache nginx nginx-module haproxy caddy): ROUNDS of DURATION seconds
	$(Q)tests/bench/frontends $(B) $(MEASURED)

.PHONY: bench-passwords
bench-passwords: deps all $(MEASURED) $(BENCH) ## what the time of an answer tells of passwords, and whom hashing delays
	$(Q)$(call bench,passwords) $(MEASURED) $(POLYAUTHCTL)
