#!/usr/bin/env bats
# docs/recipes/kamailio.md in a real Kamailio: its own blocks, SIP registrations over TLS.

load http

SIP=sip.example.com

NEEDS=(kamailio)
RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/kamailio.md
teardown() { stop_site; }

kamailio_conf() {
	printf '%s\n' 'debug=2' 'log_stderror=yes' 'children=1' 'tcp_children=2' 'disable_sctp=yes' 'auto_aliases=no' \
		"listen=tcp:$ADDRESS:$PLAIN"
	block kamailio | sed "s|tls:0.0.0.0:5061|tls:$ADDRESS:$PORT|; s|/etc/kamailio/tls.cfg|$SITE/tls.cfg|
		s|127.0.0.1:8600|$ADDRESS:$FACE|; s|Token: TOKEN|Token: $(cat "$SITE/token")|" | sed "${CHANGES:-}"
	# what a database would say: the line 1001 is phone A's
	printf '%s\n' 'event_route[htable:mod-init] {' "	\$sht(lines=>1001@$SIP) = \"$A\";" '}'
}

start_kamailio() {
	block tls | sed "s|/etc/ssl/prov|$SITE/ssl|" >"$SITE/tls.cfg"
	kamailio_conf >"$SITE/kamailio.cfg"
	local user=()
	if [ "$(id -u)" -eq 0 ]; then
		chown www-data "$SITE/ssl"/* "$SITE/kamailio.cfg" "$SITE/tls.cfg"
		user=(-u www-data -g www-data)
	fi
	kamailio -f "$SITE/kamailio.cfg" -DD -E -m 64 -M 8 -Y "$SITE/run" "${user[@]}" 3>&- >>"$SITE/run/stderr" 2>&1 &
	FRONT=$!
	until_true listens "$ADDRESS" "$PORT"
}

# Kamailio may wait for ever for a process of its own, where it has hardly begun.
stop_front() {
	[ -n "${FRONT:-}" ] || return 0
	local front=$FRONT
	local -a own
	FRONT=
	mapfile -t own < <(pgrep -P "$front" || :)
	kill "$front" 2>/dev/null || :
	timeout 20 tail -s 0.1 --pid="$front" -f /dev/null || kill -KILL "$front" "${own[@]}" 2>/dev/null || :
	wait "$front" || :
}

start_face() { start_http "s|127.0.0.1:8600|$ADDRESS:$FACE|; s|/etc/polyauth/kamailio.token|$SITE/token|"; }

start_site_without_kamailio() {
	FACE=18600
	make_http_site
	(umask 077 && openssl rand -hex 32 >"$SITE/token")
	start_daemon
	start_face
}
start_site() {
	start_site_without_kamailio
	start_kamailio
}

# A registration of LINE over TLS: the status that it gets; nothing where the connection ends.
register() { # PHONE|- LINE [DOMAIN]
	local dir phone=$1 line client
	local -a cert=()
	if [ "$phone" != - ]; then
		credentials "$phone"
		cert=(-cert "$dir/$phone.chain.pem" -key "$dir/$phone.key" -cert_chain "$dir/$phone.chain.pem")
	fi
	# Kamailio keeps the connection open: who has the answer ends it
	coproc openssl s_client -quiet -connect "$ADDRESS:$PORT" ${cert[@]+"${cert[@]}"} ${TLS:-} 2>"$SITE/client" 3>&-
	client=$COPROC_PID
	exec {to}>&"${COPROC[1]}" {from}<&"${COPROC[0]}"
	sip "$2" "${3:-$SIP}" TLS >&"$to" 2>/dev/null || :
	while read -rt 60 -u "$from" line; do
		[[ ! $line =~ ^SIP/2\.0\ ([0-9]+) ]] || { echo "${BASH_REMATCH[1]}"; break; }
	done
	kill "$client" 2>/dev/null || :
	wait "$client" || :
}
sip() { # LINE DOMAIN TRANSPORT
	printf '%b' "REGISTER sip:$2 SIP/2.0\r\nVia: SIP/2.0/$3 192.0.2.1:5061;branch=z9hG4bK$RANDOM$RANDOM\r\nMax-Forwards: 70\r
From: <sip:$1@$2>;tag=$RANDOM\r\nTo: <sip:$1@$2>\r\nCall-ID: $RANDOM$RANDOM@192.0.2.1\r\nCSeq: 1 REGISTER\r
Contact: <sip:$1@192.0.2.1:5061;transport=tls>\r\nExpires: 60\r\n${MORE:-}Content-Length: 0\r\n\r\n"
}
is() { # STATUS PHONE LINE [DOMAIN]
	local got
	got=$(register "${@:2}")
	[[ $got =~ ^($1)$ ]] || { echo "$*: $got; $(grep decision "$SITE/log" | tail -n 1)" >&2; return 1; }
}

@test "a phone registers its own lines, and no other" {
	start_site
	is 200 phone-a $A
	is 200 phone-a 1001
	grep -q "verdict=ALLOW .*owner=$A .*method=REGISTER target=/sip/$SIP/$A .*frontend=kamailio" "$SITE/log"
	is 403 phone-a $B_
	is 403 phone-b $A
	is 403 phone-b 1001
	is 403 phone-a 1002
	is 403 phone-a $A sip.example.org
	is 200 phone-b $B_
}

@test "T68: phones that must not pass" {
	start_site
	is 403 revoked 0004f2000004
	grep -q 'reason=certificate-revoked' "$SITE/log"
	is 403 unknown 0004f2000006
	is 403 - $A
	grep -q 'reason=no-certificate' "$SITE/log"
	# these do not get through the handshake
	is '403|' selfsigned $A
	is '403|' expired 0004f2000005
	is 403 star $B_
	is 403 two $B_
	is 200 a $A
}

@test "TLS 1.2 and 1.3; without TLS nothing" {
	start_site
	TLS=-tls1_2 is 200 phone-a $A
	TLS=-tls1_3 is 200 phone-a $A
	TLS=-tls1_2 is 403 phone-a $B_
	exec 9<>"/dev/tcp/$ADDRESS/$PLAIN"
	sip $A $SIP TCP >&9
	read -r -t 30 _ status _ <&9
	exec 9>&-
	[ "$status" = 403 ]
}

@test "names that would be paths or headers change nothing" {
	local name
	start_site
	for name in "$A%2f..%2f$B_" "$B_%2f..%2f$A" "%30${B_:1}" "$B_;x=$A" "$B_%0d%0aX-Original-URI:%20/sip/$SIP/$A" "$A?$B_" "$B_%00$A" "$B_&$A" \
		"$B_:$A" '*' "$B_%20"; do
		is '400|403|404|' phone-a "$name"
		is '400|403|404|' phone-b "$(sed "s/$A/x/g; s/$B_/$A/g; s/x/$B_/g" <<<"$name")"
	done
	MORE="X-Original-URI: /sip/$SIP/$A\r\nX-SSL-Client-Cert: x\r\nX-SSL-Client-Verified: 1\r\nX-Polyauth-Token: x\r\n" is 403 phone-b $A
	MORE="X-SSL-Client-Cert: $(jq -sRr @uri <"$FLEET/phones/phone-a.pem")\r\n" is 403 - $A
}

@test "who has no token is not answered" {
	start_site_without_kamailio
	local cert
	cert=$(jq -sRr @uri <"$FLEET/phones/phone-a.pem")
	local -a ask=(curl -s -o /dev/null -w '%{http_code}' -H 'X-Original-Method: REGISTER' -H "X-Original-URI: /sip/$SIP/$A"
		-H "X-SSL-Client-Cert: $cert" -H 'X-SSL-Client-Verified: 1' "http://$ADDRESS:$FACE/v1/authorize")
	[ "$("${ask[@]}")" = 403 ]
	[ "$("${ask[@]}" -H "X-Polyauth-Token: $(tr 0-9 1-90 <"$SITE/token")")" = 403 ]
	[ "$("${ask[@]}" -H "X-Polyauth-Token: $(cat "$SITE/token")")" = 200 ]
}

@test "T66: no daemon, no polyauth-http: 503; restarts are not seen" {
	start_site
	is 200 phone-a $A
	stop_daemon
	is 503 phone-a $A
	start_daemon
	until_true is 200 phone-a $A
	freeze_daemon
	is 503 phone-a $A
	thaw_daemon
	until_true is 200 phone-a $A
	stop_http
	is 503 phone-a $A
	start_face
	is 200 phone-a $A
	is 403 phone-a $B_
}
