# ngx_http_polyauth_module, the module for nginx; included by the Makefile.
#
#   NGINX_MODULES=            where `make install` puts it, if it was built; default: where Debian's are
#
# `make all` builds it where nginx-dev is; `make mod-nginx` installs the package first. nginx loads a module only if
# it was built for this very version and for the same options: nginx-dev has both. Its headers are under a BSD licence of two
# clauses.

NGINX_HEADERS := /usr/share/nginx/src
NGINX_MODULES ?= /usr/lib/nginx/modules

NGINX_DEPS := build/deps-nginx.stamp
NGINX_SRC  := $(wildcard clients/shim-nginx/*.c)
NGINX_OBJ  := $(call obj,$(NGINX_SRC))
MOD_NGINX  := $(B)/ngx_http_polyauth_module.so
HAVE_NGINX := $(wildcard $(NGINX_HEADERS)/conf_flags)

NGINX_FLAGS := -isystem $(B)/nginx $(patsubst %,-isystem $(NGINX_HEADERS)/src/%,core event event/modules os/unix http \
	http/modules http/v2)

$(NGINX_DEPS): | $(BUILD_DEPS)

# what nginx was configured with, found out by its own script
$(B)/nginx/ngx_auto_config.h: $(if $(HAVE_NGINX),$(HAVE_NGINX),$(NGINX_DEPS))
	$(call say,CONF,$@)mkdir -p $(B)/nginx && cd $(NGINX_HEADERS) && \
		bash -c '. ./conf_flags && ./configure "$${NGX_CONF_FLAGS[@]}" "$$@"' - --builddir=$(abspath $(B)/nginx) \
		>$(abspath $(B)/nginx/log) || { cat $(abspath $(B)/nginx/log) >&2; exit 1; }

$(NGINX_OBJ): $(B)/nginx/ngx_auto_config.h
$(NGINX_OBJ): private CPPFLAGS += $(NGINX_FLAGS)
# ngx_string() takes the const from what it is given
$(NGINX_OBJ): private ALL_CFLAGS += -Wno-cast-qual
ifneq ($(HAVE_NGINX),)
all: $(MOD_NGINX)
endif

# OpenSSL is the one that nginx has; libpolyauth is linked in, and nginx is shown what it looks for. It stays in memory where
# nginx unloads it: OpenSSL calls it for every connection that ends.
$(MOD_NGINX): $(NGINX_OBJ) $(CLIENT_LIB) clients/shim-nginx/module.map
	$(call say,LD,$@)$(CC) -shared -Wl,--version-script=clients/shim-nginx/module.map \
		$(ALL_LDFLAGS) -Wl,-z,nodelete -o $@ $(filter %.o %.a,$^) $(PROTO_LIBS)

.PHONY: mod-nginx
mod-nginx: $(NGINX_DEPS) $(MOD_NGINX) ## build the module for nginx
