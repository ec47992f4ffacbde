# Passwords rotate: two are valid at once; each has its window; a device's own comes beside the common one.
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        requisite crl stale grace 72h
        required acl
        required owner
        required password
    }
    path "/{mac}.cfg" class device
    path "/{mac}-phone.cfg" class device
    path "/{mac}-boot.log" class device methods PUT HEAD
    path "/{mac}-app.log" class device methods PUT HEAD
    path "/000000000000*.cfg" class shared
    path "/acme/*.cfg" class shared groups acme
    path "/secret/**" class deny
}
end
clock 2026-01-15T00:00:00Z
ca anchor ca/root.der
ca intermediate ca/policy.der
ca intermediate ca/issuing1.der
ca intermediate ca/issuing2.der
crl crl/root.crl
crl crl/policy.crl
crl crl/issuing1.crl
crl crl/issuing2.crl
device 0004f282e824 group=acme
device 0004a11a1a1a group=blue
device 0004f2000003
device 0004f2000004
device 0004f2000005
slot realm provisioning 2026a spring-2026

request cert=phones/phone-a.der target=/0004f282e824.cfg
expect CHALLENGE credentials-missing
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=wrong
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=
expect DENY credentials-wrong
request cert=phones/phone-c.der target=/0004f282e824.cfg
expect DENY not-owner
slot realm provisioning 2026b summer-2026 from=2026-02-01T00:00:00Z
slot device 0004f282e824 own only-mine user=phone-a
slot group acme common for-acme until=2026-01-20T00:00:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=summer-2026
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=phone-a password=only-mine
expect ALLOW ok
request cert=phones/phone-a.der target=/0004f282e824.cfg user=other password=only-mine
expect DENY credentials-wrong
request cert=phones/phone-b.der target=/0004a11a1a1a.cfg user=phone-a password=only-mine
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=for-acme
expect ALLOW ok
request cert=phones/phone-b.der target=/0004a11a1a1a.cfg user=x password=for-acme
expect DENY credentials-wrong
# the edges of the windows
clock 2026-01-19T23:59:59Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=for-acme
expect ALLOW ok
clock 2026-01-20T00:00:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=for-acme
expect DENY credentials-wrong
clock 2026-02-01T00:00:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=summer-2026
expect ALLOW ok
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok

# which slot a device used last is remembered, once it was let in by it
clock 2026-02-02T00:00:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW
expect-seen 0004f282e824 slot=realm/provisioning/2026a
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=summer-2026
expect ALLOW
expect-seen 0004f282e824 slot=realm/provisioning/2026b
request cert=phones/phone-a.der target=/0004f282e824.cfg user=phone-a password=only-mine
expect ALLOW
expect-seen 0004f282e824 slot=device/0004f282e824/own
request cert=phones/phone-a.der target=/0004a11a1a1a.cfg user=x password=spring-2026
expect DENY not-owner
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=wrong
expect DENY credentials-wrong
expect-seen 0004f282e824 slot=device/0004f282e824/own
# the same password in two slots: the one that lasts longer is meant (T82)
slot group blue old same until=2026-02-02T12:00:00Z
slot group blue new same
request cert=phones/phone-b.der target=/0004a11a1a1a.cfg user=x password=same
expect ALLOW
expect-seen 0004a11a1a1a slot=group/blue/new
clock 2026-02-02T12:00:00Z
request cert=phones/phone-b.der target=/0004a11a1a1a.cfg user=x password=same
expect ALLOW
