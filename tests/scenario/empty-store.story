# A CA without a CRL, and a store without an anchor: closed.
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
device 0004f282e824
slot realm provisioning 2026a spring-2026
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY trust-missing
ca anchor ca/root.der
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY chain-incomplete
request cert=phones/phone-a.der chain=issuing1,policy target=/0004f282e824.cfg user=x password=spring-2026
expect DENY crl-missing
ca intermediate ca/policy.der
ca intermediate ca/issuing1.der
crl crl/root.crl
crl crl/policy.crl
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY crl-missing
crl crl/issuing1.crl
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
