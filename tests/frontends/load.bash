# Many requests at a time through a front end, while it reads its configuration again and the list of devices changes.
# shellcheck shell=bash
# shellcheck disable=SC2154 # A, B_, SITE, FLEET, ADDRESS and PORT come from apache.bash

C=0004f2000003 # phone-c

# The realm of a site without passwords: a hash of each request would be what is measured. $SITE/run/load has a line for
# each request: status, path, device.
make_load() {
	sed -i '/required   password/d; /requisite  throttle/d' "$SITE/polyauthd.conf"
	cat "$FLEET/phones/phone-a."{pem,key} >"$SITE/a.pem"
	cat "$FLEET/phones/phone-c."{pem,key} >"$SITE/c.pem"
	LOADS=()
}

# Requests over kept-alive HTTP/1.1, and over HTTP/2 with many streams; in the background, as $LOADS.
load_h1() { # COUNT PEM TARGET
	ab -q -k -r -n "$1" -c 12 -E "$2" "https://$ADDRESS:$PORT$3" >>"$SITE/ab" 2>&1 3>&- &
	LOADS+=($!)
}
load_h2() { # COUNT PHONE TARGET
	local i
	for ((i = 0; i < $1; i++)); do printf 'url = "https://%s:%s%s"\noutput = /dev/null\n' "$ADDRESS" "$PORT" "$3"; done \
		>"$SITE/urls.$2"
	curl -sk --http2 --parallel --parallel-max 32 --max-time 60 --cert "$FLEET/phones/$2.chain.pem" \
		--key "$FLEET/phones/$2.key" -K "$SITE/urls.$2" >/dev/null 2>&1 3>&- &
	LOADS+=($!)
}
wait_loads() {
	local pid
	for pid in "${LOADS[@]}"; do wait "$pid" || :; done
	LOADS=()
}

lines() { grep -cE -e "$1" "$SITE/run/load" || :; }
at_least() { [ "$(lines "$1")" -ge "$2" ]; }
few_connections() { [ "$(ctl status | awk '$1 == "connections" { print $2 }')" -le 70 ]; }
few_descriptors() { # PID
	local child
	for child in $(pgrep -P "$1"); do
		[ "$(find "/proc/$child/fd" -mindepth 1 2>/dev/null | wc -l)" -le 100 ] || return 1
	done
}

none_runs() { # PID...
	! kill -0 "$@" 2>/dev/null
}

# No wrong answer, and nothing is left open. As many as REQUESTS says.
many_at_once() { # PID SIGNAL: of the front end, and what makes it read its configuration again
	local n=${REQUESTS:-3000} wrong allowed denied former
	load_h1 $((n / 2)) "$SITE/a.pem" "/$A.cfg"
	load_h1 $((n / 5)) "$SITE/a.pem" "/$B_.cfg"
	load_h1 $((n / 10)) "$SITE/c.pem" "/$C.cfg"
	load_h2 $((n / 8)) phone-a "/$A.cfg"
	load_h2 $((n * 3 / 40)) phone-b "/$A.cfg"
	until_true at_least . $((n / 6))
	mapfile -t former < <(pgrep -P "$1")
	kill "-$2" "$1"
	ctl device remove "$C" >/dev/null
	# acknowledged: from now on it holds for every connection
	LOGIN='' status 403 phone-c "/$C.cfg"
	LOGIN='' status 403 phone-c "/$C.cfg" --http1.1
	wait_loads
	# no request was read: a connection on which nothing was asked, or that ended
	grep -vE "^(4(00|08|99) .* -|200 /$A.cfg $A|403 /$B_.cfg $A|403 /$A.cfg $B_|(200|403) /$C.cfg $C)\$" \
		"$SITE/run/load" >"$SITE/wrong" || :
	wrong=$(wc -l <"$SITE/wrong")
	head -n 20 "$SITE/wrong"
	echo "# $(lines .) requests: $(lines ^200) allowed, $(lines ^403) denied, $(lines ^503) without an answer, $wrong wrong" >&3
	[ "$wrong" -eq 0 ]
	# what is asked on a connection that the restart closes has no answer: how much that is, is chance
	at_least "^200 /$A" $((n / 2))
	at_least "^403 /$B_" $((n / 10))
	at_least "^403 /$A" $((n / 32))
	# the restart is over: what is asked for now has an answer, and is asked for after the removal
	until_true none_runs "${former[@]}"
	allowed=$(lines "^200 /$C")
	denied=$(lines "^403 /$C")
	load_h1 50 "$SITE/c.pem" "/$C.cfg"
	wait_loads
	until_true at_least "^403 /$C" $((denied + 50))
	[ "$(lines "^200 /$C")" -eq "$allowed" ]
	# nothing that was open stays open: neither of the children of before, nor of those of now
	until_true few_connections
	until_true few_descriptors "$1"
	LOGIN='' status 200 phone-a "/$A.cfg"
}
