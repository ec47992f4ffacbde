# pam_polyauth, the module for Linux-PAM; included by the Makefile.
#
#   PAM_MODULES=              where `make install` puts it, if it was built; default: where Debian's libpam looks
#
# `make all` builds it where the headers of libpam are; `make mod-pam` installs them first.

PAM_HEADER := $(wildcard /usr/include/security/pam_ext.h)

PAM_DEPS := build/deps-pam.stamp
PAM_SRC  := $(wildcard clients/shim-pam/*.c)
PAM_OBJ  := $(call obj,$(PAM_SRC))
PAM_LIB  := $(B)/libpa-shim-pam.a
MOD_PAM  := $(B)/pam_polyauth.so

PAM_MODULES ?= $(PREFIX)/lib/$(shell $(CC) -print-multiarch)/security

$(PAM_DEPS): | $(BUILD_DEPS)

ifeq ($(PAM_HEADER),)
$(call obj,clients/shim-pam/pam_polyauth.c): | $(PAM_DEPS)
else
all: $(MOD_PAM)
endif

# what knows no PAM, for the tests
$(PAM_LIB): $(call obj,clients/shim-pam/login.c)

# libpolyauth is linked in, so that the module stands alone, and shows libpam its entries only
$(MOD_PAM): $(PAM_OBJ) $(CLIENT_LIB) clients/shim-pam/module.map
	$(call say,LD,$@)$(CC) -shared -Wl,--version-script=clients/shim-pam/module.map \
		$(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) -lpam

.PHONY: mod-pam
mod-pam: $(PAM_DEPS) $(MOD_PAM) ## build the module for Linux-PAM
