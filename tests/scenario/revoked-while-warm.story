# What is revoked is denied at once, also where its chain was verified a moment ago.
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

# warm: each chain is verified once, and remembered
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
request cert=phones/phone-b.der target=/0004a11a1a1a.cfg user=x password=spring-2026
expect ALLOW ok
request cert=phones/phone-b.der target=/0004a11a1a1a.cfg user=x password=spring-2026
expect ALLOW ok
request cert=phones/phone-c.der target=/0004f2000003.cfg user=x password=spring-2026
expect ALLOW ok
request cert=phones/phone-c.der chain=issuing1,policy target=/0004f2000003.cfg user=x password=spring-2026
expect ALLOW ok
# a phone
crl later/issuing1.crl
request cert=phones/phone-c.der target=/0004f2000003.cfg user=x password=spring-2026
expect DENY certificate-revoked
request cert=phones/phone-c.der chain=issuing1,policy target=/0004f2000003.cfg user=x password=spring-2026
expect DENY certificate-revoked
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
# a CA, and with it all of its phones
crl later/policy.crl
request cert=phones/phone-b.der target=/0004a11a1a1a.cfg user=x password=spring-2026
expect DENY ca-revoked
request cert=phones/phone-b.der chain=issuing2,policy target=/0004a11a1a1a.cfg user=x password=spring-2026
expect DENY ca-revoked
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
# a window that ends takes the remembered chain with it
clock 2040-12-26T23:59:59Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY crl-stale
clock 2040-12-27T00:00:01Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY chain-expired
