# The list of devices: removed, disabled, quarantined, expired; each holds from the next request on.
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

request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
device 0004f282e824 state=disabled
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY device-disabled
device 0004f282e824 state=quarantined
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY device-quarantined
device 0004f282e824 expires=2026-01-15T02:00:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
clock 2026-01-15T01:59:59Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
clock 2026-01-15T02:00:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY device-expired
device-remove 0004f282e824
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY device-removed
device-forget 0004f282e824
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY device-unknown
