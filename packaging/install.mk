# Installing; included by the Makefile.
#
#   DESTDIR=   a directory that stands for / (packages)
#   PREFIX=    /usr
#   LIBDIR=    $(PREFIX)/lib; on Debian e.g. /usr/lib/x86_64-linux-gnu
#
# Configuration goes to /etc/polyauth, where the daemon looks for it, and is never overwritten.

BINDIR     ?= $(PREFIX)/bin
SBINDIR    ?= $(PREFIX)/sbin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR     ?= $(PREFIX)/share/man
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
COMPLETIONS ?= $(PREFIX)/share/bash-completion/completions

DOC_DEPS := build/deps-doc.stamp
$(DOC_DEPS): | $(BUILD_DEPS)
$(TEST_DEPS): | $(DOC_DEPS)

# --- manual pages ---------------------------------------------------------------------------

MAN := $(patsubst docs/man/%.scd,$(B)/man/%,$(wildcard docs/man/*.scd))

.PHONY: man
man: $(MAN) ## build the manual pages

$(B)/man/%: docs/man/%.scd | $(DOC_DEPS)
	$(call say,SCDOC,$@)mkdir -p $(@D) && scdoc <$< >$@

# --- install --------------------------------------------------------------------------------

ETC_FILES := $(shell find packaging/etc -type f 2>/dev/null)
PUBLIC_HEADER := clients/c/polyauth.h
PC_IN := $(wildcard clients/c/libpolyauth.pc.in)

install_dir = $(DESTDIR)$(strip $(1))

.PHONY: install install-programs install-library install-man install-etc install-system install-apache install-nginx install-pam
install: install-programs install-library install-man install-etc install-system install-apache install-nginx install-pam ## install below DESTDIR
	@printf '%s\n' 'installed; next, on this host:' \
		'  systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload' \
		'  polyauthd --test && systemctl enable --now polyauthd'

install-programs: $(POLYAUTHD) $(POLYAUTHCTL) $(POLYAUTH_HTTP) $(POLYAUTH_CHECK) $(POLYAUTH_PORTAL)
	$(call say,INSTALL,programs)install -d $(call install_dir,$(BINDIR)) $(call install_dir,$(SBINDIR)) \
		$(call install_dir,$(COMPLETIONS))
	$(Q)install -m 755 $(POLYAUTHD) $(call install_dir,$(SBINDIR))/polyauthd
	$(Q)install -m 755 $(POLYAUTH_HTTP) $(call install_dir,$(SBINDIR))/polyauth-http
	$(Q)install -m 755 $(POLYAUTH_PORTAL) $(call install_dir,$(SBINDIR))/polyauth-portal
	$(Q)install -m 755 $(POLYAUTH_CHECK) $(call install_dir,$(SBINDIR))/polyauth-check
	$(Q)install -D -m 644 packaging/haproxy/polyauth.lua $(call install_dir,$(PREFIX))/share/polyauth/polyauth.lua
	$(Q)install -m 755 $(POLYAUTHCTL) $(call install_dir,$(BINDIR))/polyauthctl
	$(Q)if $(POLYAUTHCTL) completion bash >$(B)/polyauthctl.bash 2>/dev/null; then \
		install -m 644 $(B)/polyauthctl.bash $(call install_dir,$(COMPLETIONS))/polyauthctl; fi

install-library: $(CLIENT_SO) $(CLIENT_LIB)
	$(call say,INSTALL,libpolyauth)install -d $(call install_dir,$(LIBDIR))/pkgconfig \
		$(call install_dir,$(INCLUDEDIR))
	$(Q)install -m 644 $(CLIENT_SO) $(call install_dir,$(LIBDIR))/libpolyauth.so.1
	$(Q)ln -sf libpolyauth.so.1 $(call install_dir,$(LIBDIR))/libpolyauth.so
	$(Q)install -m 644 $(CLIENT_LIB) $(call install_dir,$(LIBDIR))/libpolyauth.a
	$(Q)install -m 644 $(PUBLIC_HEADER) $(call install_dir,$(INCLUDEDIR))/polyauth.h
	$(Q)for file in $(PC_IN); do \
		sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
			-e 's|^libdir=.*|libdir=$(LIBDIR)|' -e 's|^includedir=.*|includedir=$(INCLUDEDIR)|' \
			$$file >$(B)/libpolyauth.pc && \
		install -m 644 $(B)/libpolyauth.pc $(call install_dir,$(LIBDIR))/pkgconfig/libpolyauth.pc; done

install-man: $(MAN)
	$(call say,INSTALL,manual pages)for page in $(MAN); do \
		install -D -m 644 $$page \
			$(call install_dir,$(MANDIR))/man$${page##*.}/$$(basename $$page) || exit 1; done

# what an operator has edited stays
install-etc:
	$(call say,INSTALL,configuration)install -d $(call install_dir,$(SYSCONFDIR))/polyauth
	$(Q)for file in $(ETC_FILES:packaging/etc/%=%); do \
		to=$(call install_dir,$(SYSCONFDIR))/polyauth/$$file; \
		[ -e $$to ] || install -D -m 644 packaging/etc/$$file $$to || exit 1; done

install-system:
	$(call say,INSTALL,units)install -d $(call install_dir,$(UNITDIR)) \
		$(call install_dir,$(SYSUSERSDIR)) $(call install_dir,$(TMPFILESDIR))
	$(Q)for unit in polyauthd polyauth-http polyauth-portal; do \
		sed 's|/usr/sbin/|$(SBINDIR)/|' packaging/systemd/$$unit.service \
			>$(call install_dir,$(UNITDIR))/$$unit.service && \
		chmod 644 $(call install_dir,$(UNITDIR))/$$unit.service || exit 1; done
	$(Q)sed 's|/usr/bin/|$(BINDIR)/|' packaging/systemd/polyauth-crl-fetch.service \
		>$(call install_dir,$(UNITDIR))/polyauth-crl-fetch.service
	$(Q)chmod 644 $(call install_dir,$(UNITDIR))/polyauth-crl-fetch.service
	$(Q)install -m 644 packaging/systemd/polyauth-crl-fetch.timer \
		$(call install_dir,$(UNITDIR))/polyauth-crl-fetch.timer
	$(Q)install -m 644 packaging/sysusers.d/polyauth.conf $(call install_dir,$(SYSUSERSDIR))/polyauth.conf
	$(Q)install -m 644 packaging/tmpfiles.d/polyauth.conf $(call install_dir,$(TMPFILESDIR))/polyauth.conf

# if it was built; `a2enmod authz_polyauth` then switches it on
install-apache:
	$(Q)if [ -e $(MOD_APACHE) ]; then \
		printf '  %-7s %s\n' INSTALL mod_authz_polyauth && \
		install -D -m 644 $(MOD_APACHE) $(call install_dir,$(APACHE_MODULES))/mod_authz_polyauth.so && \
		install -d $(call install_dir,$(SYSCONFDIR))/apache2/mods-available && \
		printf '%s\n' '# Depends: authz_core' \
			'LoadModule authz_polyauth_module $(APACHE_MODULES)/mod_authz_polyauth.so' \
			>$(call install_dir,$(SYSCONFDIR))/apache2/mods-available/authz_polyauth.load; fi

# if it was built; a load_module line then switches it on
install-nginx:
	$(Q)if [ -e $(MOD_NGINX) ]; then \
		printf '  %-7s %s\n' INSTALL ngx_http_polyauth_module && \
		install -D -m 644 $(MOD_NGINX) $(call install_dir,$(NGINX_MODULES))/ngx_http_polyauth_module.so; fi

# if it was built; a file in /etc/pam.d that names it switches it on
install-pam:
	$(Q)if [ -e $(MOD_PAM) ]; then \
		printf '  %-7s %s\n' INSTALL pam_polyauth && \
		install -D -m 644 $(MOD_PAM) $(call install_dir,$(PAM_MODULES))/pam_polyauth.so; fi
