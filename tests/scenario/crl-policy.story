# One issuer's CRLs are judged by what is set for it; an extension ends by the clock, and nobody has to end it.
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        requisite crl
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

# the fleet's CRLs end at 2026-01-30T23:59:00Z; this realm has no grace
clock 2026-01-30T23:59:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY crl-stale
# one CA of the chain is not enough
crl-policy ca/issuing1.der until=2026-01-31T23:59:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY crl-stale
crl-policy ca/root.der until=2026-01-31T23:59:00Z
crl-policy ca/policy.der until=2026-01-31T23:59:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
request cert=phones/revoked.der target=/0004f2000004.cfg user=x password=spring-2026
expect DENY certificate-revoked
# the last second, and the first one behind it
clock 2026-01-31T23:58:59Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
clock 2026-01-31T23:59:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY crl-stale
request cert=phones/revoked.der target=/0004f2000004.cfg user=x password=spring-2026
expect DENY certificate-revoked
# extended again, and ended early
crl-policy ca/root.der until=2026-02-09T00:00:00Z
crl-policy ca/policy.der until=2026-02-09T00:00:00Z
crl-policy ca/issuing1.der until=2026-02-09T00:00:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
crl-policy ca/policy.der until=1970-01-01T00:00:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY crl-stale
# a grace of its own for each issuer: the shortest one of the chain decides
crl-policy ca/policy.der stale=ignore
crl-policy ca/root.der stale=grace seconds=864000 until=1970-01-01T00:00:00Z
crl-policy ca/issuing1.der stale=grace seconds=259200 until=1970-01-01T00:00:00Z
clock 2026-02-02T23:58:59Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
clock 2026-02-02T23:59:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY crl-stale
request cert=phones/revoked.der target=/0004f2000004.cfg user=x password=spring-2026
expect DENY certificate-revoked
