# In shadow it counts and decides nothing.
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        requisite crl stale grace 72h
        required acl
        required owner
        requisite throttle shadow tries 3 wait 60s network-tries 6
        required password
    }
    path "/{mac}.cfg" class device
    path "/lost/{mac}.cfg" class device access mac
    path "/web/{mac}.cfg" class device access password
    path "/000000000000*.cfg" class shared
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
device 0004f282e824
device 0004a11a1a1a
slot realm provisioning 2026 spring-2026
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=g0
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=g1
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=g2
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=g3
expect DENY credentials-wrong would-deny=throttle
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=spring-2026
expect ALLOW ok would-deny=throttle
