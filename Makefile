# Polyauth: one makefile for everything. `make help` lists the targets.
#
#   V=1                       print the commands
#   SAN=address,undefined     build and test with sanitizers (address, undefined, thread)
#   TRAINED=yes               compile the daemon by what it does most (gcc)
#   CC=clang                  another compiler
#   DESTDIR=, PREFIX=         where `make install` puts things

.DEFAULT_GOAL := all
.SUFFIXES:
.DELETE_ON_ERROR:

PREFIX  ?= /usr
DESTDIR ?=
SAN     ?=
ifeq ($(origin CC),default)
CC := gcc
endif

comma := ,
PLAIN := build/$(notdir $(CC))$(if $(SAN),-$(subst $(comma),-,$(SAN)))
B     := $(PLAIN)$(if $(TRAINED),-trained)
VERSION := 0.1.0

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wformat=2 -Wimplicit-fallthrough -Werror
CFLAGS   ?= -O2 -g
CPPFLAGS += -I. -isystem $(B)/gen -D_GNU_SOURCE -DPA_VERSION='"$(VERSION)"'
ALL_CFLAGS = -std=c17 $(WARNINGS) -fPIC -fstack-protector-strong \
	-fno-common -pthread $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer \
	-fno-sanitize-recover=all,-D_FORTIFY_SOURCE=2) $(CFLAGS)
ALL_LDFLAGS = -pthread -Wl,-z,relro,-z,now -Wl,--as-needed $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)

# The daemon is optimised whole. Its objects have machine code as well, which the tests link. What a
# request clears is some hundred bytes at a time: `rep stos`, gcc's choice, takes too long to start.
takes = $(shell $(CC) -Werror $(1) -E -x c /dev/null >/dev/null 2>&1 && echo '$(1)')
LTO := $(if $(SAN),,$(if $(findstring gcc,$(CC)),-flto=auto -ffat-lto-objects \
	$(call takes,-mmemset-strategy=vector_loop:512:noalign$(comma)libcall:-1:noalign)))

# TRAINED=yes: the daemon is compiled by what it does most, see "a trained daemon" below. What was not
# seen is compiled as ever.
PROFILE := $(if $(TRAINED),-fprofile-use -fprofile-partial-training -fprofile-correction -Wno-missing-profile)
ifneq ($(TRAINED),)
ifneq ($(SAN)$(if $(findstring gcc,$(CC)),,$(CC)),)
$(error TRAINED=yes is for gcc, without SAN)
endif
endif

ifeq ($(V),1)
Q :=
say :=
else
Q := @
say = @printf '  %-7s %s\n' '$(1)' '$(2)';
endif

# --- packages -------------------------------------------------------------------------------

BUILD_DEPS := build/deps-build.stamp
TEST_DEPS  := build/deps-test.stamp

build/deps-%.stamp: packaging/deps/%.txt packaging/deps/install.sh
	$(Q)mkdir -p build && packaging/deps/install.sh $< && touch $@

.PHONY: deps
deps: $(BUILD_DEPS) $(TEST_DEPS) ## install the packages that are missing (as root; else prints the line to run)

# --- libraries: proto <- db <- daemon, proto <- clients/c <- other clients --------------------

PROTOS     := $(wildcard proto/polyauth/v1/*.proto)
PB_C       := $(PROTOS:proto/%.proto=$(B)/gen/%.pb-c.c)
PROTO_SRC  := $(wildcard proto/*.c)
DB_SRC     := $(wildcard db/*.c)
DAEMON_SRC := $(filter-out daemon/main.c,$(wildcard daemon/*.c daemon/*/*.c))
CLIENT_SRC := $(wildcard clients/c/*.c)
CTL_SRC    := $(wildcard clients/ctl/*.c)
HTTP_SRC   := $(wildcard clients/http/*.c)
SHIM_HTTP_SRC := $(wildcard clients/shim-http/*.c)
SHIM_RADIUS_SRC := $(wildcard clients/shim-radius/*.c)
PORTAL_SRC := $(wildcard clients/portal/*.c)

obj = $(1:%.c=$(B)/%.o)
PB_OBJ     := $(PB_C:.c=.o)
PROTO_LIB  := $(B)/libpa-proto.a
DB_LIB     := $(B)/libpa-db.a
DAEMON_LIB := $(B)/libpa-daemon.a
CLIENT_LIB := $(B)/libpolyauth.a
CLIENT_SO  := $(B)/libpolyauth.so.1
HTTP_LIB   := $(B)/libpa-http.a
LLHTTP_LIB := $(B)/libllhttp.a

PROTO_LIBS  := -lprotobuf-c
DB_LIBS     := -llmdb $(PROTO_LIBS)
CTL_LIBS    := -lcurl -lcsv -lyajl $(PROTO_LIBS)
DAEMON_LIBS := -luv -lssl -lcrypto -lcrypt -lpcre2-8 -ldl $(DB_LIBS)

$(B)/gen/%.pb-c.c $(B)/gen/%.pb-c.h: proto/%.proto | $(BUILD_DEPS)
	$(call say,PROTOC,$<)mkdir -p $(B)/gen && protoc-c --proto_path=proto --c_out=$(B)/gen $<

# llhttp comes as sources: Debian's node-llhttp ships them for others to compile
LLHTTP := /usr/share/llhttp
$(patsubst %,$(LLHTTP)/%.c,llhttp api http): | $(BUILD_DEPS) ;
$(B)/gen/llhttp/%.o: $(LLHTTP)/%.c | $(BUILD_DEPS)
	$(call say,CC,$<)mkdir -p $(@D) && $(CC) -std=c17 -w -O2 -g -fPIC -DLLHTTP_STRICT_MODE=1 \
		$(if $(SAN),-fsanitize=$(SAN)) -I/usr/share/include/llhttp -c -o $@ $<
$(call obj,$(HTTP_SRC)): private CPPFLAGS += -isystem /usr/share/include -DLLHTTP_STRICT_MODE=1

$(B)/gen/%.o: $(B)/gen/%.c
	$(call say,CC,$<)$(CC) -std=c17 -w -O2 -g -fPIC \
		$(if $(SAN),-fsanitize=$(SAN)) -I$(B)/gen -c -o $@ $<

# When the sources were last changed: a clock that is before it is wrong.
BUILD_DATE := $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null),1767225600)
$(B)/build-date: FORCE
	$(Q)mkdir -p $(B) && echo '$(BUILD_DATE)' | cmp -s - $@ || echo '$(BUILD_DATE)' >$@
$(B)/daemon/clock.o: $(B)/build-date
$(B)/daemon/clock.o: private CPPFLAGS += -DPA_BUILD_DATE=$(BUILD_DATE)

# Other flags make other objects.
FLAGS_USED = $(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(LTO) $(PROFILE)
$(B)/flags: FORCE
	$(Q)mkdir -p $(B) && echo '$(subst ','\'',$(FLAGS_USED))' | cmp -s - $@ || \
		echo '$(subst ','\'',$(FLAGS_USED))' >$@
.PHONY: FORCE

$(B)/%.o: %.c $(B)/flags | $(BUILD_DEPS) $(PB_C)
	$(call say,CC,$<)mkdir -p $(@D) && $(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

TRAINABLE := $(PROTO_SRC) $(DB_SRC) $(DAEMON_SRC) daemon/main.c
$(call obj,$(TRAINABLE)): private ALL_CFLAGS += $(LTO) $(PROFILE)
$(PROTO_LIB):  $(call obj,$(PROTO_SRC)) $(PB_OBJ)
$(DB_LIB):     $(call obj,$(DB_SRC))
$(DAEMON_LIB): $(call obj,$(DAEMON_SRC))
$(CLIENT_LIB): $(call obj,$(CLIENT_SRC)) $(call obj,$(PROTO_SRC)) $(PB_OBJ)

$(HTTP_LIB):   $(call obj,$(HTTP_SRC))
$(LLHTTP_LIB): $(patsubst %,$(B)/gen/llhttp/%.o,llhttp api http)

$(B)/%.a:
	$(call say,AR,$@)rm -f $@ && ar rcs $@ $^

$(CLIENT_SO): $(CLIENT_LIB) clients/c/polyauth.map
	$(call say,LD,$@)$(CC) -shared -Wl,-soname,libpolyauth.so.1 \
		-Wl,--version-script=clients/c/polyauth.map $(ALL_LDFLAGS) -o $@ \
		-Wl,--whole-archive $(CLIENT_LIB) -Wl,--no-whole-archive $(PROTO_LIBS)

# --- programs -------------------------------------------------------------------------------

POLYAUTHD   := $(B)/polyauthd
POLYAUTHCTL := $(B)/polyauthctl

$(POLYAUTHD): $(call obj,daemon/main.c) $(DAEMON_LIB) $(DB_LIB) $(PROTO_LIB) daemon/check.list
	$(call say,LD,$@)$(CC) -pie $(LTO) $(PROFILE) $(CFLAGS) $(ALL_LDFLAGS) -Wl,--dynamic-list=daemon/check.list -o $@ \
		$(filter %.o %.a,$^) $(DAEMON_LIBS)

# A trained daemon. One that counts what it does meets a fleet's load; by its counts, which stand beside
# the objects, it is compiled again: in the same place, since gcc knows functions by it.
ifneq ($(TRAINED),)
COUNTING := PROFILE='-fprofile-generate -fprofile-update=prefer-atomic'

$(B)/profile.stamp: tests/bench/bench_train.c $(TRAINABLE) $(wildcard proto/*.h db/*.h daemon/*.h daemon/*/*.h) | $(BUILD_DEPS)
	$(Q)+$(MAKE) --no-print-directory TRAINED= $(PLAIN)/polyauthctl $(PLAIN)/tests/bench/bench_train $(FEW_PHONES)/stamp
	$(Q)+$(MAKE) --no-print-directory TRAINED= B=$(B) $(COUNTING) $(POLYAUTHD)
	$(Q)find $(B) -name '*.gcda' -delete
	$(call say,TRAIN,$(POLYAUTHD))$(PLAIN)/tests/bench/bench_train $(POLYAUTHD) $(PLAIN)/polyauthctl $(FEW_PHONES)
	$(Q)touch $@

$(B)/flags $(PB_C): | $(B)/profile.stamp
endif

$(POLYAUTHCTL): $(call obj,$(CTL_SRC)) $(CLIENT_LIB)
	$(call say,LD,$@)$(CC) -pie $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(CTL_LIBS)

POLYAUTH_HTTP := $(B)/polyauth-http
SHIM_HTTP_LIB := $(B)/libpa-shim-http.a

$(SHIM_HTTP_LIB): $(call obj,$(filter-out %/main.c,$(SHIM_HTTP_SRC)))

$(POLYAUTH_HTTP): $(call obj,clients/shim-http/main.c) $(SHIM_HTTP_LIB) $(HTTP_LIB) $(LLHTTP_LIB) $(CLIENT_LIB)
	$(call say,LD,$@)$(CC) -pie $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) -luv $(PROTO_LIBS)

POLYAUTH_CHECK  := $(B)/polyauth-check
SHIM_RADIUS_LIB := $(B)/libpa-shim-radius.a

$(SHIM_RADIUS_LIB): $(call obj,$(filter-out %/main.c,$(SHIM_RADIUS_SRC)))

$(POLYAUTH_CHECK): $(call obj,clients/shim-radius/main.c) $(SHIM_RADIUS_LIB) $(CLIENT_LIB)
	$(call say,LD,$@)$(CC) -pie $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(PROTO_LIBS)

POLYAUTH_PORTAL := $(B)/polyauth-portal
PORTAL_LIB      := $(B)/libpa-portal.a

# pages, texts and styles are part of the program
$(B)/clients/portal/files.o: $(wildcard clients/portal/files/*)

$(PORTAL_LIB): $(call obj,$(filter-out %/main.c,$(PORTAL_SRC)))

$(POLYAUTH_PORTAL): $(call obj,clients/portal/main.c) $(PORTAL_LIB) $(HTTP_LIB) $(LLHTTP_LIB) $(CLIENT_LIB)
	$(call say,LD,$@)$(CC) -pie $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) -luv $(PROTO_LIBS)

.PHONY: all
all: $(POLYAUTHD) $(POLYAUTHCTL) $(POLYAUTH_HTTP) $(POLYAUTH_CHECK) $(POLYAUTH_PORTAL) $(CLIENT_SO) ## build the daemon, its shims, polyauthctl and libpolyauth

include clients/shim-apache/apache.mk
include clients/shim-nginx/nginx.mk
include clients/shim-pam/pam.mk
include tests/tests.mk
include packaging/install.mk

# --- house keeping --------------------------------------------------------------------------

.PHONY: format
format: $(TEST_DEPS) ## lay the sources out with clang-format
	$(Q)clang-format -i $$(git ls-files '*.c' '*.h')

.PHONY: clean
clean: ## remove what was built
	$(Q)rm -rf build

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.SECONDARY:
include $(shell find $(B) -name '*.d' 2>/dev/null)
