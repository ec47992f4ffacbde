# Certificates that must not pass, each with its own reason.
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

request target=/0004f282e824.cfg user=x password=spring-2026
expect DENY no-certificate
request cert=phones/revoked.der target=/0004f2000004.cfg user=x password=spring-2026
expect DENY certificate-revoked
request cert=phones/expired.der target=/0004f2000005.cfg user=x password=spring-2026
expect DENY chain-expired
request cert=phones/unknown.der target=/0004f2000006.cfg user=x password=spring-2026
expect DENY device-unknown
request cert=phones/selfsigned.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY chain-self-signed
request cert=phones/wildcard.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY cn-not-a-mac
request cert=bad/empty.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY certificate-empty
request cert=bad/pem-as-der.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY certificate-is-pem
request cert=bad/trailing.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY certificate-trailing-bytes
request cert=bad/two-cn.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY cn-duplicate
request cert=bad/no-cn.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY cn-missing
request cert=bad/bmp-cn.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY cn-type
request cert=bad/nul-cn.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY cn-nul
request cert=bad/big-leaf.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY leaf-too-large
request cert=phones/phone-a.der chain=issuing1,policy,root,issuing2,issuing1,policy,root target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok

# the front end's own verdict is an extra AND
request cert=phones/phone-a.der front=20 target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
request cert=phones/phone-a.der front=23 target=/0004f282e824.cfg user=x password=spring-2026
expect DENY front-verify-failed
request cert=phones/phone-a.der front=10 target=/0004f282e824.cfg user=x password=spring-2026
expect DENY front-verify-failed
