# mod_authz_polyauth, the module for Apache httpd; included by the Makefile.
#
#   APXS=                     apxs of the httpd to build for
#   APACHE_MODULES=           where `make install` puts it, if it was built; default: as apxs says
#
# `make all` builds it where apxs is; `make mod-apache` installs the packages first.

APXS ?= $(firstword $(shell command -v apxs apxs2 2>/dev/null))

APACHE_DEPS := build/deps-apache.stamp
APACHE_SRC  := $(wildcard clients/shim-apache/*.c)
APACHE_OBJ  := $(call obj,$(APACHE_SRC))
MOD_APACHE  := $(B)/mod_authz_polyauth.so

APACHE_MODULES ?= $(if $(apxs),$(shell $(apxs) -q LIBEXECDIR))

$(APACHE_DEPS): | $(BUILD_DEPS)

# after the packages are there, so not before a recipe runs
apxs = $(or $(APXS),$(firstword $(shell command -v apxs apxs2)))
APACHE_FLAGS = -isystem $(shell $(apxs) -q INCLUDEDIR) \
	$(patsubst -I%,-isystem %,$(shell $$($(apxs) -q APR_CONFIG) --cppflags --includes))

# httpd.h wants to be told that initializers may name members
$(APACHE_OBJ): private CPPFLAGS += $(APACHE_FLAGS) -DAP_HAVE_DESIGNATED_INITIALIZER
ifeq ($(APXS),)
$(APACHE_OBJ): | $(APACHE_DEPS)
else
all: $(MOD_APACHE)
endif

# libpolyauth is linked in, so that the module stands alone, and shows httpd its descriptor only
$(MOD_APACHE): $(APACHE_OBJ) $(CLIENT_LIB) clients/shim-apache/module.map
	$(call say,LD,$@)$(CC) -shared -Wl,--version-script=clients/shim-apache/module.map \
		$(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(PROTO_LIBS)

.PHONY: mod-apache
mod-apache: $(APACHE_DEPS) $(MOD_APACHE) ## build the module for Apache httpd
