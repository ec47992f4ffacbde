#!/usr/bin/env bats
# CA certificates as an operator adds them, which of them count in a realm, and a clock that cannot be right.

load lib.bash
load ctl.bash

# A CA of its own that openssl would not make by itself: $SITE/NAME/ca.pem
odd_ca() { # NAME openssl-req-options...
	local name=$1
	shift
	mkdir "$SITE/$name"
	openssl req -x509 -nodes -keyout "$SITE/$name/key" -out "$SITE/$name/ca.pem" -subj "/CN=$name" \
		-addext basicConstraints=critical,CA:TRUE "$@" 2>"$SITE/$name/err"
}

expired_ca() { # NAME: ended yesterday
	odd_ca "$1" -newkey rsa:2048 -days -1 2>/dev/null || {
		rm -r "${SITE:?}/$1"
		mkdir "$SITE/$1"
		openssl req -newkey rsa:2048 -nodes -keyout "$SITE/$1/key" -out "$SITE/$1/csr" -subj "/CN=$1" 2>"$SITE/$1/err"
		: >"$SITE/$1/index"
		echo 01 >"$SITE/$1/serial"
		printf '%s\n' '[ca]' 'default_ca=d' '[d]' "database=$SITE/$1/index" "serial=$SITE/$1/serial" \
			"new_certs_dir=$SITE/$1" 'default_md=sha256' 'policy=p' 'x509_extensions=e' \
			'[p]' 'commonName=supplied' '[e]' 'basicConstraints=critical,CA:TRUE' >"$SITE/$1/conf"
		openssl ca -batch -selfsign -config "$SITE/$1/conf" -keyfile "$SITE/$1/key" -in "$SITE/$1/csr" \
			-out "$SITE/$1/ca.pem" -notext -startdate 20200101000000Z -enddate 20210101000000Z \
			2>>"$SITE/$1/err"
	}
}

reload_with() { # SED-SCRIPT: the configuration changed by it
	sed -i "$1" "$SITE/polyauthd.conf"
	ctl reload
}

# --- PKCS#7 ------------------------------------------------------------------------------------

@test "ca add: PKCS#7 in DER and PEM, with several certificates" {
	openssl crl2pkcs7 -nocrl -certfile "$FLEET/ca/policy.pem" -certfile "$FLEET/ca/issuing1.pem" \
		-outform DER -out "$SITE/bundle.p7b"
	ctl ca add --intermediate "$SITE/bundle.p7b" | grep -c stored | grep -qx 2
	openssl crl2pkcs7 -nocrl -certfile "$FLEET/ca/root.pem" -out "$SITE/root.p7c"
	ctl ca add --anchor --sha256 "$(fingerprint "$FLEET/ca/root.pem")" "$SITE/root.p7c"
	# what is stored is the certificate as its CA made it
	[ "$(json ca list | jq -r .sha256 | sort)" = "$(for ca in root policy issuing1; do
		digits "$FLEET/ca/$ca.pem"; done | sort)" ]
}

@test "ca add: PKCS#7 with a CRL, a signature or nothing in it is refused" {
	openssl crl2pkcs7 -in <(openssl crl -inform DER -in "$FLEET/crl/root.crl") \
		-certfile "$FLEET/ca/root.pem" -out "$SITE/with-crl"
	refused 'CRLs besides' ca add --yes --anchor "$SITE/with-crl"
	own_ca signer
	echo hello | openssl smime -sign -signer "$SITE/signer/ca.pem" -inkey "$SITE/signer/key" -nodetach \
		-outform DER -out "$SITE/signed"
	refused 'signed message' ca add --yes --anchor "$SITE/signed"
	openssl crl2pkcs7 -nocrl -outform DER -out "$SITE/empty"
	refused 'without a certificate' ca add --yes --anchor "$SITE/empty"
	openssl crl2pkcs7 -nocrl -certfile "$FLEET/ca/root.pem" -outform DER | head -c 600 >"$SITE/cut"
	refused 'no well-formed PKCS#7' ca add --yes --anchor "$SITE/cut"
	# a device's certificate is none of a CA in any envelope
	openssl crl2pkcs7 -nocrl -certfile "$FLEET/phones/phone-a.pem" -out "$SITE/phone"
	refused 'no CA certificate' ca add --intermediate "$SITE/phone"
}

# --- fingerprints ------------------------------------------------------------------------------

@test "ca add: a terminal is shown what the daemon sees, and asked" {
	own_ca alpha
	cat "$FLEET/ca/root.pem" "$SITE/alpha/ca.pem" >"$SITE/two"
	on_terminal 4 "ca add --anchor $SITE/two $FLEET/ca/root.der" '[y/N]' n
	grep -q 'nothing was added' "$SITE/screen"
	[ "$(grep -cF "$(fingerprint "$FLEET/ca/root.pem")" "$SITE/screen")" -eq 2 ]
	grep -qF "$(fingerprint "$SITE/alpha/ca.pem")" "$SITE/screen"
	grep -q 'subject  CN=Demo Root CA' "$SITE/screen"
	grep -q "valid    $(TZ=UTC date -d "$(openssl x509 -noout -startdate -in "$SITE/alpha/ca.pem" | cut -d = -f 2)" +%Y-)" "$SITE/screen"
	[ "$(ctl --json ca list | jq length)" -eq 0 ]
	[ "$(ctl --json audit list | jq length)" -eq 0 ]
	on_terminal 0 "ca add --anchor $SITE/two" '[y/N]' y
	[ "$(json ca list | jq -r .kind)" = $'anchor\nanchor' ]
	# what would be refused is refused before anybody is asked
	on_terminal 4 "ca add --anchor $FLEET/ca/policy.pem"
	grep -q 'not self-signed' "$SITE/screen"
	! grep -qF '[y/N]' "$SITE/screen" || false
	# intermediates are trusted for nothing by themselves
	on_terminal 0 "ca add --intermediate $FLEET/ca/policy.pem"
}

@test "ca add: names of files and subjects cannot steer the terminal that is asked" {
	own_ca evil $'/CN=evil\x1b[2J'
	cp "$SITE/evil/ca.pem" "$SITE/"$'x\x1b[2J'
	on_terminal 4 "ca add --anchor $SITE/x*" '[y/N]' n
	grep -qF 'x\x1b[2J' "$SITE/screen"
	tr -d '\r' <"$SITE/screen" | harmless
}

@test "ca add --dry-run: tells what it would do, and changes nothing" {
	before=$(everything)
	ctl ca add --dry-run --anchor "$FLEET/ca/root.pem" >"$SITE/out"
	grep -q "^$(digits "$FLEET/ca/root.pem")  anchor  CN=Demo Root CA .* new$" "$SITE/out"
	diff <(echo "$before") <(everything)
	ctl ca add --yes --anchor "$FLEET/ca/root.pem"
	[ "$(ctl --json ca add --dry-run --anchor "$FLEET/ca/root.pem" | jq -r '.[].result')" = known ]
	refused 'stored as an anchor' ca add --dry-run --intermediate "$FLEET/ca/root.pem"
	refused 'another SHA-256' ca add --dry-run --anchor --sha256 "$(printf '00%.0s' {1..32})" "$FLEET/ca/root.pem"
}

# --- the trust that would be -------------------------------------------------------------------

# An anchor and eight more keys of its name that it has signed: $SITE/rolling/ca.pem, 1.pem ... 8.pem
rolling_ca() {
	local dir=$SITE/rolling i
	own_ca rolling '/CN=Rolling CA'
	printf '%s\n' basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign,cRLSign \
		subjectKeyIdentifier=hash authorityKeyIdentifier=keyid >"$dir/ext"
	for i in {1..8}; do
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$dir/$i.key" \
			-subj '/CN=Rolling CA' 2>/dev/null |
			openssl x509 -req -CA "$dir/ca.pem" -CAkey "$dir/key" -days 20 -extfile "$dir/ext" \
				-set_serial "$i" -out "$dir/$i.pem" 2>/dev/null
	done
}

@test "ca add: one CA too many is refused before any realm is without a trust" {
	fill_store
	rolling_ca
	ctl ca add --yes --anchor "$SITE/rolling/ca.pem"
	ctl ca add --intermediate "$SITE/rolling/"{1..7}.pem
	ctl ca add --intermediate "$SITE/rolling/7.pem" # it is there
	refused 'no chain would be accepted: the CA CN=Rolling CA has more than 8 keys .*ca remove' \
		ca add --dry-run --intermediate "$SITE/rolling/8.pem"
	refused 'no chain would be accepted: the CA CN=Rolling CA has more than 8 keys .*ca remove' \
		ca add --intermediate "$SITE/rolling/8.pem"
	check phone-a /0004f282e824.cfg | grep -qE '^verdict +ALLOW$'
	[ "$(json status | jq -r .trust)" = ok ]
	ctl metrics | grep -qx 'polyauth_trust_ok 1'
	# as it says
	ctl ca remove --yes "$(digits "$SITE/rolling/1.pem")"
	ctl ca add --intermediate "$SITE/rolling/8.pem"
	[ "$(json status | jq -r .trust)" = ok ]
}

# --- doubts ------------------------------------------------------------------------------------

@test "ca add: an expired or weak CA wants --force, and the audit trail says so" {
	expired_ca old
	odd_ca short -newkey rsa:1024 -days 30
	refused 'it expired on ' ca add --yes --anchor "$SITE/old/ca.pem"
	refused 'the RSA key is too short' ca add --yes --anchor "$SITE/short/ca.pem"
	ctl ca add --yes --force --anchor "$SITE/old/ca.pem" | grep -q 'it expired on '
	ctl ca add --yes --force --anchor "$SITE/short/ca.pem"
	ctl ca add --yes --force --anchor "$FLEET/ca/root.pem"
	json audit list | jq -r .summary >"$SITE/trail"
	grep -qE '^ca.add 1 anchor, forced: CN=old: it expired on 20[0-9-]+ ' "$SITE/trail"
	grep -qx 'ca.add 1 anchor, forced: CN=short: the RSA key is too short' "$SITE/trail"
	grep -qx 'ca.add 1 anchor' "$SITE/trail"
	# on a terminal it is pointed out before
	on_terminal 4 "ca add --force --anchor $SITE/old/ca.pem" '[y/N]' n
	grep -q 'BUT      it expired on ' "$SITE/screen"
}

@test "ca add --force: never for what is no CA, or far too weak" {
	odd_ca tiny -newkey rsa:512 -days 30
	refused 'no CA certificate' ca add --force --intermediate "$FLEET/phones/phone-a.pem"
	refused 'no CA certificate' ca add --force --yes --anchor "$FLEET/phones/selfsigned.pem"
	refused 'no CA certificate' ca add --force --intermediate "$FLEET/phones/expired.pem"
	refused 'not self-signed' ca add --force --yes --anchor "$FLEET/ca/policy.pem"
	refused 'too short' ca add --force --yes --anchor "$SITE/tiny/ca.pem"
	usage 'takes no value' ca add --force=no --intermediate "$FLEET/ca/policy.pem"
}

@test "a CA that was forced lets no chain pass" {
	expired_ca old
	openssl req -newkey rsa:2048 -nodes -keyout "$SITE/key" -subj '/O=Polycom Inc./CN=0004F282E824' 2>/dev/null |
		openssl x509 -req -CA "$SITE/old/ca.pem" -CAkey "$SITE/old/key" -days 5 -out "$SITE/leaf" 2>/dev/null
	ctl ca add --yes --force --anchor "$SITE/old/ca.pem"
	run -1 ctl check --realm provisioning --target /0004f282e824.cfg --cert "$SITE/leaf"
	grep -qE '^reason +chain-expired$' <<<"$output"
}

# --- realms ------------------------------------------------------------------------------------

@test "anchors: a realm can choose among the anchors of the store" {
	fill_store
	own_ca other
	ctl ca add --yes --anchor "$SITE/other/ca.pem"
	check phone-a /0004f282e824.cfg
	root=$(fingerprint "$FLEET/ca/root.pem")
	other=$(digits "$SITE/other/ca.pem")
	reload_with "s/^    identity.*/&\n    anchors ${other:0:16}/"
	run -1 check phone-a /0004f282e824.cfg
	grep -qE '^reason +chain-untrusted$' <<<"$output"
	reload_with "s/^    anchors.*/    anchors ${root:0:23} ${other:0:16}/"
	check phone-a /0004f282e824.cfg
	reload_with "s/^    anchors.*/    anchors 0123456789abcdef/"
	run -1 check phone-a /0004f282e824.cfg
	grep -qE '^reason +trust-missing$' <<<"$output"
	grep -q "none of the realm's anchors is in the store" <<<"$output"
	sed -i 's/^    anchors.*/    anchors 0123456/' "$SITE/polyauthd.conf"
	refused 'at least the first 16 digits' reload
}

@test "chain: longer digests and policies, where the realm wants them" {
	fill_store
	reload_with 's/requisite chain$/requisite chain min-signature sha384/'
	run -1 check phone-a /0004f282e824.cfg
	grep -qE '^reason +chain-weak$' <<<"$output"
	reload_with 's/min-signature sha384/policy 1.2.3.4/'
	run -1 check phone-a /0004f282e824.cfg
	grep -qE '^reason +chain-policy$' <<<"$output"
	reload_with 's/policy 1.2.3.4/policy any/'
	check phone-a /0004f282e824.cfg
}

# --- the real ones -------------------------------------------------------------------------------

@test "Polycom's own CAs are taken, and have the fingerprints that README gives" {
	[ -n "${POLYAUTH_TESTDATA:-}" ] || skip "POLYAUTH_TESTDATA is not set"
	dir=$POLYAUTH_TESTDATA/polycom-pki
	ctl ca add --anchor --sha256 "$(fingerprint "$dir/polycom_root_ca.crt")" "$dir/polycom_root_ca.crt"
	ctl ca add --intermediate "$dir/polycom_intermediate_policy.pem" "$dir/polycom_intermediate_eqp1.pem" \
		"$dir/polycom_intermediate_eqp2.pem"
	for file in "$dir"/*; do
		grep -qF "$(fingerprint "$file")" README.md
		openssl verify -CAfile "$dir/polycom_root_ca.crt" -untrusted "$dir/polycom_intermediate_policy.pem" "$file"
	done
}

# --- the clock -----------------------------------------------------------------------------------

@test "a clock before the build date: no start and no reload, and both times are told" {
	case $B in *-address* | *-thread*) skip "a sanitizer has a clock of its own" ;; esac
	stop_daemon
	echo 1000000000 >"$SITE/clock"
	export TEST_CLOCK=$SITE/clock
	run -1 env LD_PRELOAD="$B/tests/integration/preload_clock.so" timeout 20 "$POLYAUTHD" \
		-c "$SITE/polyauthd.conf" --ready-fd 2
	grep -q 'the system clock says 2001-09-09 01:46:40 UTC, but polyauthd is of 20[0-9-]* ' <<<"$output"
	! grep -q ready <<<"$output" || false
	[ ! -e "$SITE/query.sock" ]
	# a configuration can be checked at any time
	LD_PRELOAD="$B/tests/integration/preload_clock.so" "$POLYAUTHD" -t -c "$SITE/polyauthd.conf"
	: >"$SITE/clock"
	LD_PRELOAD="$B/tests/integration/preload_clock.so" start_daemon
	ctl reload
	echo 1000000000 >"$SITE/clock"
	run -4 ctl reload
	grep -q 'the system clock says 2001-09-09' <<<"$output"
	: >"$SITE/clock"
	ctl reload
}

@test "a clock set back before the build date while polyauthd runs: nothing is decided" {
	case $B in *-address* | *-thread*) skip "a sanitizer has a clock of its own" ;; esac
	stop_daemon
	export TEST_CLOCK=$SITE/clock
	: >"$SITE/clock"
	LD_PRELOAD="$B/tests/integration/preload_clock.so" start_daemon
	fill_store
	check phone-a /0004f282e824.cfg | grep -qE '^verdict +ALLOW$'
	wrong=$(($(cat "$B/build-date") - 3 * 86400))
	echo "$wrong" >"$SITE/clock"
	for i in 1 2 3; do
		run check phone-a /0004f282e824.cfg
		grep -qE '^verdict +ERROR$' <<<"$output"
		grep -qE '^reason +clock-wrong$' <<<"$output"
	done
	[ "$(json status | jq '."uptime-s"')" -ge 0 ]
	[ "$(ctl metrics | sed -n 's/^polyauth_uptime_seconds //p')" -ge 0 ]
	[ "$(json status | jq '."reason-clock-wrong" // 0')" -eq 0 ] # dry runs are not counted
	send_hex "$(frame "0801$(field 2 "$(text provisioning)")$(field 3 "$(file_hex "$FLEET/phones/phone-a.der")")$(
		field 7 "$(text GET)")$(field 8 "$(text /0004f282e824.cfg)")")" | grep -q "$(text clock-wrong)"
	# told once, until it is right
	[ "$(grep -c 'clock error=' "$SITE/log")" -eq 1 ]
	: >"$SITE/clock"
	check phone-a /0004f282e824.cfg | grep -qE '^verdict +ALLOW$'
	[ "$(grep -c 'clock ok' "$SITE/log")" -eq 1 ]
	echo "$wrong" >"$SITE/clock"
	run check phone-a /0004f282e824.cfg
	grep -qE '^reason +clock-wrong$' <<<"$output"
	[ "$(grep -c 'clock error=' "$SITE/log")" -eq 2 ]
}
