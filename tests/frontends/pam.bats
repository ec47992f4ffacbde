#!/usr/bin/env bats
# pam_polyauth in the real libpam, with the blocks of docs/recipes/pam.md: pamtester and vsftpd log in.

source "$BATS_TEST_DIRNAME/../integration/lib.bash"
load servers

RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/pam.md
A=0004f282e824
B_=0004a11a1a1a
REFUSED='Authentication failure'
UNAVAILABLE='Authentication service cannot retrieve authentication info'
WRONG='Error in service module'

# Why the tests cannot be run here; nothing: they can.
lacking() {
	command -v pamtester >/dev/null || { echo "pamtester is not installed (make test-frontends)"; return; }
	# the loader complains of what is not there
	[ -z "$(LD_PRELOAD="libpam_wrapper.so libnss_wrapper.so" env true 2>&1)" ] ||
		{ echo "libpam-wrapper or libnss-wrapper is not installed (make test-frontends)"; return; }
	[ -e "$B/pam_polyauth.so" ] || echo "pam_polyauth was not built (make mod-pam)"
	[[ ${SAN:-} != *thread* ]] || echo "pamtester cannot load a module that is built for thread sanitizer"
}

# Once for a file: a store, from which each test's site is copied.
setup_file() {
	[ -z "$(lacking)" ] || return 0
	export TEMPLATE
	make_pam_site
	TEMPLATE=$SITE
	start_daemon
	ctl device add "$A" >/dev/null
	ctl device add "$B_" >/dev/null
	ctl device add 0004f2000003 --state disabled >/dev/null
	ctl password set --device "$A" --slot own <<<secret-a >/dev/null
	ctl password set --device "$B_" --slot own <<<$'\xc3\xa4\xe2\x82\xac : "\\ \xff' >/dev/null
	ctl password set --device 0004f2000003 --slot own <<<secret-a >/dev/null
	ctl password set --realm ftp --slot common <<<PlcmSpIp >/dev/null
	stop_daemon
}
teardown_file() { [ -z "${TEMPLATE:-}" ] || rm -rf "$TEMPLATE"; }

setup() {
	local why
	why=$(lacking)
	[ -z "$why" ] || skip "$why"
	make_pam_site
	rm -rf "$SITE/store"
	cp -r "$TEMPLATE/store" "$SITE"
	start_daemon
}
teardown() {
	local status=0
	[ -n "${SITE:-}" ] || return 0
	stop_vsftpd
	tail -n 20 "$SITE"/log "$SITE"/said 2>/dev/null || :
	drop_site || status=$?
	return "$status"
}

# The realm of the recipe, with the rules that the tests need besides; the service of the recipe.
make_pam_site() {
	make_site
	chmod 711 "$SITE"
	mkdir "$SITE/pam.d"
	block polyauthd | sed "s/uid:root/uid:$(id -u)/" | rules="$(block polyauthd-common)
		path \"/phones/sub/{mac}\" class device
		path \"/phones/PlcmSpIp\" class shared" awk '/^}/ { print ENVIRON["rules"] } 1' >>"$SITE/polyauthd.conf"
	block pam | module >"$SITE/pam.d/phones"
}

# Where the module and the socket are in this test, and time for a slow machine.
module() {
	sed "s|pam_polyauth.so.*|& socket=$SITE/query.sock timeout=30000|; s|pam_polyauth.so|$B/pam_polyauth.so|"
}

# service NAME, its lines on standard input
service() { module >"$SITE/pam.d/$1"; }

# What runs a command with the wrappers that are named, before the library of a sanitizer that the module is built with.
wrap_with() { # WRAPPER...: sets wrapped
	local sanitizers=
	[ -z "${SAN:-}" ] || sanitizers="$("${CC:-gcc}" -print-file-name=libasan.so) $("${CC:-gcc}" -print-file-name=libubsan.so) "
	wrapped=(env "LD_PRELOAD=$sanitizers$(printf 'lib%s_wrapper.so ' "$@")" PAM_WRAPPER=1 "PAM_WRAPPER_SERVICE_DIR=$SITE/pam.d"
		PAM_WRAPPER_DEBUGLEVEL=2 "PAM_WRAPPER_DISABLE_DEEPBIND=${SAN:+1}"
		"ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0:verify_asan_link_order=0")
}

# As pamtester: the password is the first line of standard input. What it says, and the module's log, are in $SITE/said.
tester() {
	local wrapped
	wrap_with pam
	"${wrapped[@]}" pamtester "$@" >"$SITE/said" 2>&1 3>&-
}

good() { # SERVICE USER PASSWORD [more]
	local service=$1 user=$2 password=$3
	shift 3
	tester "$@" "$service" "$user" authenticate <<<"$password" && grep -q 'successfully authenticated' "$SITE/said"
}

# bad WHY SERVICE USER PASSWORD [more]: refused with this text of libpam
bad() {
	local why=$1
	shift
	if good "$@" || ! grep -qaxF "pamtester: $why" <(sed 's/^Password: //' "$SITE/said"); then
		printf 'expected %s of %q:\n' "$why" "$*" >&2
		cat "$SITE/said" >&2
		return 1
	fi
}

logged() { tail -n 1 "$SITE/log" | grep -qe "$1"; }

@test "a device's own password opens what is its own; wrong, absent, empty ones, and another's, do not" {
	good phones "$A" secret-a
	logged "verdict=ALLOW reason=ok claims=$A owner=$A realm=ftp method=GET target=/phones/$A class=device user=$A frontend=pam"
	bad "$REFUSED" phones "$A" wrong
	bad "$REFUSED" phones "$A" secret-a2
	bad "$REFUSED" phones "$A" ''
	bad "$REFUSED" phones "$B_" secret-a
	bad "$REFUSED" phones 0004f2fffff0 secret-a
	logged 'reason=device-unknown'
	bad "$REFUSED" phones 0004f2000003 secret-a
	logged 'reason=device-disabled'
	# a service that has no rule
	block pam | service elsewhere
	bad "$REFUSED" elsewhere "$A" secret-a
	logged 'reason=path-unmatched'
	# nothing on standard input
	run ! tester phones "$A" authenticate </dev/null
	grep -q "$REFUSED" "$SITE/said"
}

@test "bytes beyond ASCII, blanks and quotes in a password are passed on as they are" {
	good phones "$B_" $'\xc3\xa4\xe2\x82\xac : "\\ \xff'
	bad "$REFUSED" phones "$B_" $'\xc3\xa4\xe2\x82\xac : "\\ '
	bad "$REFUSED" phones "$B_" 'ae : "\ '
	bad "$REFUSED" phones "$A" "$(printf '%0300d' 7)"
	logged 'reason=password-too-long'
	! grep -q secret "$SITE/said" "$SITE/log" || false
}

@test "a common password opens nothing of a device, and PlcmSpIp nothing at all" {
	local user
	for user in "$A" "$B_" 0004f2fffff0; do
		bad "$REFUSED" phones "$user" PlcmSpIp
	done
	bad "$REFUSED" phones PlcmSpIp PlcmSpIp
	logged 'reason=no-subject'
	block pam | service firmware
	good firmware "$A" PlcmSpIp
	bad "$REFUSED" firmware 0004f2fffff0 PlcmSpIp
	bad "$REFUSED" firmware PlcmSpIp PlcmSpIp
	logged 'reason=path-unmatched'
}

# Each may be refused by the daemon or before; none is anybody, with whose password ever.
@test "names that are parts of paths, escapes, too long or broken are nobody's" {
	local user long slashes
	long=$(printf '%0300d' 7)
	slashes=$(printf '%0100000d' 0)
	for user in '' / . .. "../$A" "$A/" "/$A" "$A/.." "../phones/$A" "$A/../$B_" "sub/$A" "%2f$A" "$A%2f" "%30${A:1}" "%3004f282e824%00" \
		"$A%00" "$A?" "$A?x=$B_" "$A#" "$A;x" "$A " " $A" "$A$B_" "$A/$B_" "$A $B_" $'\r\n' "$A"$'\r\n' "$A"$'\n' "$A"$'\t' \
		"$A"$'\x01' $'\x80\xff'"$A" "$A"$'\xc0\xaf' "$A"$'\xe2\x80\x8b' '*' '{mac}' 000000000000 ffffffffffff 0104f282e824 "00:04:f2:82:e8:24" \
		"$long" "$A$long" "$slashes" "${slashes//0//}"; do
		bad "$REFUSED" phones "$user" secret-a
	done
	logged 'target=/phones/'
	good phones "$A" secret-a
}

@test "upper case is the same device; what stands in the log cannot be forged" {
	good phones "${A^^}" secret-a
	logged "claims=$A "
	bad "$REFUSED" phones $'x\ndecision verdict=ALLOW' secret-a
	! grep -qE '^decision verdict' "$SITE/log" "$SITE/said" || false
}

@test "the address of who asks reaches the daemon where it is one" {
	good phones "$A" secret-a -I rhost=192.0.2.7
	logged ' source=192.0.2.7 '
	good phones "$A" secret-a -I rhost=2001:db8::7
	logged ' source=2001:db8::7 '
	good phones "$A" secret-a -I rhost=::ffff:192.0.2.7
	logged ' source=192.0.2.7 '
	for rhost in phone.example.com localhost 192.0.2.777 ''; do
		good phones "$A" secret-a -I "rhost=$rhost"
		! logged ' source=' || return 1
	done
}

@test "T66: no daemon: the service is unavailable; a new one is asked" {
	good phones "$A" secret-a
	stop_daemon
	bad "$UNAVAILABLE" phones "$A" secret-a
	grep -q "polyauthd gave no answer: .* ($SITE/query.sock)" "$SITE/said"
	bad "$UNAVAILABLE" phones "$A" wrong
	start_daemon
	good phones "$A" secret-a
	bad "$REFUSED" phones "$A" wrong
	kill -KILL "$DAEMON"
	wait "$DAEMON" || :
	DAEMON=
	bad "$UNAVAILABLE" phones "$A" secret-a
}

@test "T66: a daemon that stands still is unavailable at the deadline of each" {
	local slow started wrapped
	block pam | module | sed 's/timeout=30000/timeout=700/' >"$SITE/pam.d/quick"
	freeze_daemon
	wrap_with pam
	"${wrapped[@]}" pamtester phones "$A" authenticate <<<secret-a >"$SITE/slow" 2>&1 3>&- &
	slow=$!
	started=${EPOCHREALTIME/./}
	bad "$UNAVAILABLE" quick "$A" secret-a
	[ $((${EPOCHREALTIME/./} - started)) -ge 600000 ]
	grep -q 'gave no answer: Connection timed out' "$SITE/said"
	kill -0 "$slow"
	thaw_daemon
	wait "$slow"
	grep -q 'successfully authenticated' "$SITE/slow"
}

@test "T65: what the daemon cannot decide is unavailable: its realm, its peers" {
	block pam | sed 's/realm=ftp/realm=nowhere/' | service nowhere
	block pam | sed 's/realm=ftp/realm=others/' | service others
	bad "$UNAVAILABLE" nowhere "$A" secret-a
	grep -q 'realm nowhere: ERROR realm-unknown' "$SITE/said"
	bad "$UNAVAILABLE" others "$A" secret-a
	grep -q 'realm others: ERROR realm-forbidden' "$SITE/said"
	# whom no realm names is not served at all
	stop_daemon
	sed -i "s/peers uid:$(id -u)/peers uid:54321/" "$SITE/polyauthd.conf"
	start_daemon
	bad "$UNAVAILABLE" phones "$A" secret-a
}

# answers HEX: something listens that says this to everybody; ID is that of the request, and its frame a byte longer for
# each that it has more than one
answers() {
	cat >"$SITE/answer" <<-SAY
		id=\$(head -c 20 | xxd -p -c 20 | sed -E 's/^.{8}08(([89a-f].)*[0-7].).*/\1/')
		hex=$1
		case \$hex in
		*ID*)
			rest=\${hex#????????}
			hex=\$(printf %08x \$((0x\${hex%"\$rest"} + \${#id} / 2 - 1)))\${rest%%ID*}\$id\${rest#*ID}
		esac
		printf %s "\$hex" | xxd -r -p
	SAY
	: >"$SITE/fake"
	socat -d -d "UNIX-LISTEN:$SITE/fake.sock,unlink-early" "SYSTEM:sh '$SITE/answer'" 2>"$SITE/fake" 3>&- &
	FAKE=$!
	until_true grep -q 'listening on' "$SITE/fake"
}

@test "T67: of all that may come back, ALLOW to this question alone is a yes" {
	local answer why
	block pam | module | sed 's/query.sock/fake.sock/' >"$SITE/pam.d/fake"
	while read -r answer why; do
		answers "$answer"
		if [ "$why" = yes ]; then
			good fake "$A" secret-a
		else
			bad "${!why}" fake "$A" secret-a
		fi
		wait "$FAKE" || :
		rm -f "$SITE/fake.sock"
	done <<-ANSWERS
		0000000408ID1002 yes
		0000000408ID1001 REFUSED
		0000000408ID1003 REFUSED
		0000000408ID1000 UNAVAILABLE
		0000000208ID UNAVAILABLE
		0000000408ID1004 UNAVAILABLE
		0000000408021002 UNAVAILABLE
		0000000408011002 UNAVAILABLE
		00000002 UNAVAILABLE
		000000021002 UNAVAILABLE
		0000000608ID1002ffff UNAVAILABLE
		00000000 UNAVAILABLE
		ffffffff08011002 UNAVAILABLE
		4f4b UNAVAILABLE
	ANSWERS
}

@test "T79: an address that has tried ten wrong passwords at a device waits, and another does not" {
	local n
	sed -i 's/requisite throttle/& wait 1h/' "$SITE/polyauthd.conf"
	ctl reload
	for n in 1 2 3 4 5 6 7 8 9 10; do bad "$REFUSED" phones "$A" "wrong-$n" -I rhost=192.0.2.7; done
	bad "$REFUSED" phones "$A" secret-a -I rhost=192.0.2.7
	ctl status | grep -qE '^reason-throttled +1$'
	good phones "$A" secret-a -I rhost=192.0.2.8
	ctl throttle clear --device "$A"
	good phones "$A" secret-a -I rhost=192.0.2.7
}

@test "a line with a wrong argument lets nobody in, and says what to write" {
	local control arguments says
	while IFS='|' read -r arguments says; do
		for control in required sufficient optional '[success=done default=ignore]'; do
			echo "auth $control $B/pam_polyauth.so $arguments" >"$SITE/pam.d/phones"
			run ! good phones "$A" secret-a
			grep -qF "$says" "$SITE/said"
		done
		sed -i 's/^auth .* \//auth required \//' "$SITE/pam.d/phones"
		bad "$WRONG" phones "$A" secret-a
	done <<-LINES
		socket=$SITE/query.sock|no realm=: write realm=NAME
		realm= socket=$SITE/query.sock|realm=: the name of a realm
		realm=ftp socket=$SITE/query.sock debug|debug: there are realm=NAME, socket=PATH
		realm=ftp sockets=$SITE/query.sock|sockets=$SITE/query.sock: there are
		realm=ftp socket=query.sock|socket=query.sock: an absolute path
		realm=ftp socket=$SITE/query.sock timeout=0|timeout=0: a number of milliseconds from 1 to 30000
		realm=ftp socket=$SITE/query.sock timeout=5s|timeout=5s: a number of milliseconds from 1 to 30000
	LINES
	# nobody was asked
	! grep -q '^decision' "$SITE/log" || false
}

@test "it is for auth alone: no line of another kind grants anything" {
	local kind operation
	for kind in account:acct_mgmt session:open_session password:chauthtok; do
		for control in required sufficient optional; do
			printf '%s\n' "auth required pam_polyauth.so realm=ftp" "${kind%:*} $control pam_polyauth.so realm=ftp" | service phones
			run ! tester phones "$A" authenticate "${kind#*:}" <<<secret-a
			grep -q 'successfully authenticated' "$SITE/said"
		done
	done
	[ "$(nm -D --defined-only "$B/pam_polyauth.so" | awk '$2 == "T" && $3 !~ /^__/ { print $3 }' | sort | xargs)" = "pam_sm_authenticate pam_sm_setcred" ]
	block pam | service phones
	tester phones "$A" authenticate setcred acct_mgmt <<<secret-a
}

@test "a password that another module has asked for is used; use_first_pass asks for none" {
	printf '%s\n' 'auth optional pam_polyauth.so realm=nowhere' 'auth required pam_polyauth.so realm=ftp use_first_pass' | service phones
	good phones "$A" secret-a
	[ "$(grep -oa 'Password: ' "$SITE/said" | wc -l)" -eq 1 ]
	bad "$REFUSED" phones "$A" wrong
	echo 'auth required pam_polyauth.so realm=ftp use_first_pass' | service phones
	run ! good phones "$A" secret-a
	! grep -qa 'Password: ' "$SITE/said" || false
}

@test "a connection lives as long as one question" {
	local tester wrapped
	mkfifo "$SITE/passwords"
	wrap_with pam
	"${wrapped[@]}" pamtester phones "$A" authenticate authenticate <"$SITE/passwords" >"$SITE/said" 2>&1 3>&- &
	tester=$!
	exec 9>"$SITE/passwords"
	echo secret-a >&9
	until_true grep -q ': ALLOW ok' "$SITE/said"
	# the application is still there, without a socket, and asks once more
	! ls -l "/proc/$tester/fd" | grep -q socket: || return 1
	kill -0 "$tester"
	echo secret-a >&9
	exec 9>&-
	wait "$tester"
}

# --- vsftpd ---

# The recipe's server, whose user phones is in a list of users of the test's own.
start_vsftpd() {
	local home mac wrapped
	home=$(sed -n "s/^ *useradd .*--home-dir '\([^']*\)'.* phones$/\1/p" "$RECIPE")
	mkdir -p "$SITE/empty" "$SITE/prov/$A" "$SITE/prov/$B_"
	for mac in "$A" "$B_"; do echo "secret of $mac" >"$SITE/prov/$mac/$mac.cfg"; done
	chown -R 0:54321 "$SITE/prov"
	chmod -R u=rwX,g=rX,o= "$SITE/prov"
	getent passwd root nobody >"$SITE/passwd"
	echo "phones:x:54321:54321::${home/\/srv/$SITE}:/usr/sbin/nologin" >>"$SITE/passwd"
	getent group root nogroup >"$SITE/group"
	ADDRESS=127.$((RANDOM % 254 + 1)).$((RANDOM % 254 + 1)).$((RANDOM % 254 + 1))
	{
		block vsftpd | sed "s|/var/run/vsftpd/empty|$SITE/empty|"
		printf '%s\n' "listen_address=$ADDRESS" listen_port=18021
	} >"$SITE/vsftpd.conf"
	wrap_with pam nss
	"${wrapped[@]}" NSS_WRAPPER_PASSWD="$SITE/passwd" NSS_WRAPPER_GROUP="$SITE/group" \
		vsftpd "$SITE/vsftpd.conf" <>/dev/null >"$SITE/said" 2>&1 3>&- &
	VSFTPD=$!
	until_true listens "$ADDRESS" 18021
}

# It ends without what would remove the wrapper's directory.
stop_vsftpd() {
	local dir
	[ -n "${VSFTPD:-}" ] || return 0
	kill "$VSFTPD" 2>/dev/null || :
	wait "$VSFTPD" || :
	for dir in /tmp/pam.?; do
		[ "$(cat "$dir/pid" 2>/dev/null)" != "$VSFTPD" ] || rm -rf "$dir"
	done
	VSFTPD=
}

ftp() { # USER PASSWORD PATH [curl options]
	local login=$1:$2 path=$3
	shift 3
	curl -sS --path-as-is --max-time 60 -u "$login" "$@" "ftp://$ADDRESS:18021/$path" 2>"$SITE/client"
}

# no_ftp CODE USER PASSWORD PATH: refused with this code of FTP or none (000), and nobody's secret comes back
no_ftp() {
	local code=$1 got
	shift
	! got=$(ftp "$@" -w '%{http_code}') || { echo "$*: served" >&2; return 1; }
	[ "$got" = "$code" ] || { echo "$*: $got and not $code" >&2; return 1; }
}

@test "vsftpd: each phone gets its own directory, nobody another's" {
	[ "$(id -u)" -eq 0 ] || skip "vsftpd with PAM needs root"
	[ -z "${SAN:-}" ] || skip "vsftpd cannot load a module that is built with a sanitizer"
	needs vsftpd curl
	start_vsftpd
	[ "$(ftp "$A" secret-a "$A.cfg")" = "secret of $A" ]
	logged "verdict=ALLOW .* target=/phones/$A .* source=127.* peer-uid=0 "
	no_ftp 530 "$A" wrong "$A.cfg"
	logged 'reason=credentials-wrong'
	no_ftp 530 "$B_" secret-a "$B_.cfg"
	no_ftp 530 PlcmSpIp PlcmSpIp "$A.cfg"
	no_ftp 530 "$A/../$B_" secret-a "$B_.cfg"
	no_ftp 530 anonymous x "$A.cfg"
	no_ftp 530 root secret-a "$A.cfg"
	# in its own directory there is no way to another's
	no_ftp 550 "$A" secret-a "$B_.cfg"
	no_ftp 550 "$A" secret-a "../$B_/$B_.cfg"
	no_ftp 550 "$A" secret-a "/$B_/$B_.cfg"
	no_ftp 550 "$A" secret-a "/$SITE/prov/$B_/$B_.cfg"
	no_ftp 550 "$A" secret-a //etc/passwd
	# nothing is written
	run ! ftp "$A" secret-a "$A.cfg" -T "$SITE/passwd"
	run ! ftp "$A" secret-a "" -Q "DELE $A.cfg"
	grep -qx "secret of $A" "$SITE/prov/$A/$A.cfg"
	# a device without a directory of this very name is nowhere
	no_ftp 500 "${A^^}" secret-a "$A.cfg"
	stop_daemon
	no_ftp 530 "$A" secret-a "$A.cfg"
	start_daemon
	[ "$(ftp "$A" secret-a "$A.cfg")" = "secret of $A" ]
}
