# Wrong tries exhaust a code and never consume it; the first use may be repeated by the same key for a while, where that was said.
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        required acl
        required owner
        required password for device
        required otp
    }
    path "/bootstrap/{mac}.cfg" class bootstrap
    path "/{mac}.cfg" class device
}
end
clock 2026-01-15T00:00:00Z
ca anchor ca/root.der
ca intermediate ca/policy.der
ca intermediate ca/issuing1.der
ca intermediate ca/issuing2.der
slot realm provisioning 2026a spring-2026
device 0004f282e824
device 0004a11a1a1a

# a class that is no bootstrap is never asked about a code, and a code is no password there
otp 0004f282e824 provisioning 4711-0815
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=47110815
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg
expect CHALLENGE credentials-missing
expect-otp 0004f282e824 provisioning live tries=10

# tries of its shape count, each once, and no others; the right one still counts then (T73)
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=47110816
expect DENY otp-wrong
expect-otp 0004f282e824 provisioning live tries=9
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=
expect DENY otp-wrong
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=4711081
expect DENY otp-wrong
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=471108155
expect DENY otp-wrong
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=4711081x
expect DENY otp-wrong
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=spring-2026
expect DENY otp-wrong
request cert=phones/phone-b.der target=/bootstrap/0004a11a1a1a.cfg user=x password=47110815
expect DENY otp-none
request cert=phones/phone-b.der target=/bootstrap/0004f282e824.cfg user=x password=47110816
expect DENY not-owner
expect-otp 0004f282e824 provisioning live tries=9
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=47110815
expect ALLOW ok
expect-otp 0004f282e824 provisioning used tries=9
# of a used one, nobody counts
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=47110816
expect DENY otp-wrong
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=47110815
expect DENY otp-used
expect-otp 0004f282e824 provisioning used tries=9

# exhausted: the right one is denied, too, until there is a new one
otp 0004f282e824 provisioning 4711-0815 tries=2
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=00000000
expect DENY otp-wrong
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=00000000
expect DENY otp-exhausted
expect-otp 0004f282e824 provisioning exhausted tries=0
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=47110815
expect DENY otp-exhausted
expect-otp 0004f282e824 provisioning exhausted tries=0
otp 0004f282e824 provisioning 4711-0815 tries=2
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=47110815
expect ALLOW ok

# the first use may be repeated: by the same key, within the window, before the code ends
otp 0004f282e824 provisioning 4711-0815 within=60 expires=2026-01-15T00:10:00Z
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=47110815
expect ALLOW ok
clock 2026-01-15T00:00:59Z
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=47110815
expect ALLOW ok
request cert=phones/rekeyed.der target=/bootstrap/0004f282e824.cfg user=x password=47110815
expect DENY otp-used
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=47110815
expect DENY credentials-wrong
# whoever guesses in the window spends tries, too
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=00000000
expect DENY otp-wrong
expect-otp 0004f282e824 provisioning used tries=9 used=2026-01-15T00:00:00Z
clock 2026-01-15T00:01:00Z
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=47110815
expect DENY otp-used
clock 2026-01-14T23:59:59Z
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=47110815
expect DENY otp-used
clock 2026-01-15T00:00:00Z
otp 0004f282e824 provisioning 4711-0815 within=60 expires=2026-01-15T00:00:30Z
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=47110815
expect ALLOW ok
clock 2026-01-15T00:00:30Z
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=47110815
expect DENY otp-used
