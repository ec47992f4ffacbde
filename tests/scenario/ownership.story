# A phone fetches its own files, and nobody else's.
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

request cert=phones/phone-a.der target=/0004f282e824.cfg user=PlcmSpIp password=spring-2026
expect ALLOW ok
request cert=phones/phone-a.der target=/0004F282E824.cfg user=PlcmSpIp password=spring-2026
expect ALLOW ok
request cert=phones/phone-a.der chain=issuing1,policy target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
request cert=phones/phone-b.der target=/0004a11a1a1a-phone.cfg user=x password=spring-2026
expect ALLOW ok
request cert=phones/phone-c.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY not-owner
request cert=phones/phone-a.der target=/0004a11a1a1a.cfg user=x password=spring-2026
expect DENY not-owner
request cert=phones/phone-a.der target=/000000000000.cfg user=x password=spring-2026
expect ALLOW ok
request cert=phones/phone-a.der method=PUT target=/0004f282e824-boot.log user=x password=spring-2026
expect ALLOW ok
request cert=phones/phone-a.der method=PUT target=/0004a11a1a1a-boot.log user=x password=spring-2026
expect DENY not-owner
request cert=phones/phone-a.der method=PUT target=/0004f282e824.cfg user=x password=spring-2026
expect DENY method-not-allowed
request cert=phones/phone-a.der method=DELETE target=/0004f282e824.cfg user=x password=spring-2026
expect DENY method-not-allowed
request cert=phones/phone-a.der target=/acme/lobby.cfg user=x password=spring-2026
expect ALLOW ok
request cert=phones/phone-b.der target=/acme/lobby.cfg user=x password=spring-2026
expect DENY group-not-allowed
request cert=phones/phone-c.der target=/acme/lobby.cfg user=x password=spring-2026
expect DENY group-not-allowed
request cert=phones/phone-a.der target=/secret/keys user=x password=spring-2026
expect DENY class-denied
request cert=phones/phone-a.der target=/unknown.txt user=x password=spring-2026
expect DENY path-unmatched

# a rewrite into another rule's file is held to that rule, too
request cert=phones/phone-a.der target=/000000000000.cfg served=/acme/lobby.cfg user=x password=spring-2026
expect ALLOW ok
request cert=phones/phone-b.der target=/000000000000.cfg served=/acme/lobby.cfg user=x password=spring-2026
expect DENY group-not-allowed
request cert=phones/phone-a.der target=/0004f282e824-boot.log method=PUT served=/0004f282e824.cfg user=x password=spring-2026
expect DENY method-not-allowed
