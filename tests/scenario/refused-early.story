# Requests that never reach the stack, each with its own reason. (T40-T43, T49-T51)
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

request realm=nowhere cert=phones/phone-a.der target=/0004f282e824.cfg
expect ERROR realm-unknown
request method=BREW cert=phones/phone-a.der target=/0004f282e824.cfg
expect DENY method-unknown
request method= cert=phones/phone-a.der target=/0004f282e824.cfg
expect DENY method-unknown
request method=get cert=phones/phone-a.der target=/0004f282e824.cfg
expect DENY method-unknown
request cert=phones/phone-a.der target=
expect DENY path-missing
request cert=phones/phone-a.der target=http://x/0004f282e824.cfg
expect DENY path-not-absolute
request cert=phones/phone-a.der target=/0004a11a1a1a/../0004f282e824.cfg
expect DENY path-dot-segment
request cert=phones/phone-a.der target=/x/%2e%2e/0004f282e824.cfg
expect DENY path-dot-segment
request cert=phones/phone-a.der target=//0004f282e824.cfg
expect DENY path-empty-segment
request cert=phones/phone-a.der target=/x%2f0004f282e824.cfg
expect DENY path-forbidden-escape
request cert=phones/phone-a.der target=/0004f282e824.cfg%00
expect DENY path-forbidden-escape
request cert=phones/phone-a.der target=/0004f282e824%252ecfg
expect DENY path-forbidden-escape
request cert=phones/phone-a.der target=/0004f282e824.cfg%zz
expect DENY path-bad-escape
request cert=phones/phone-a.der target=/0004f282e824.cfg;x
expect DENY path-parameter
request cert=phones/phone-a.der target=/0004f282e824.cfg#x
expect DENY path-fragment
request cert=phones/phone-a.der target=/x\\0004f282e824.cfg
expect DENY path-backslash
request cert=phones/phone-a.der target=/0004f282e824.cfg\x00
expect DENY path-control
request cert=phones/phone-a.der target=/0004f282e824.cfg\xff
expect DENY path-not-utf8
request cert=phones/phone-a.der target=/0004f282e824.cfg?file=0004a11a1a1a.cfg
expect DENY path-query
request cert=phones/phone-a.der target=/0004f282e824.cfg path-info=/0004a11a1a1a.cfg
expect DENY path-info
request cert=phones/phone-a.der target=/0004f282e824.cfg served=/0004a11a1a1a.cfg user=x password=spring-2026
expect DENY path-mismatch
request cert=phones/phone-a.der target=/0004f282e824.cfg served=/000000000000.cfg user=x password=spring-2026
expect DENY path-mismatch
request cert=phones/phone-a.der target=/0004f282e824.cfg served=/x/../0004f282e824.cfg user=x password=spring-2026
expect DENY path-dot-segment
request cert=phones/phone-a.der target=/0004f282e824.cfg served=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
request cert=phones/phone-a.der target=/0004%66282e824.cfg user=x password=spring-2026
expect ALLOW ok
request cert=phones/phone-a.der target=/0004a11a1a1a%2ecfg user=x password=spring-2026
expect DENY not-owner
request cert=phones/phone-a.der target=/0004f282e824.cfg user=a\x00b password=spring-2026
expect DENY user-invalid
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp
expect DENY password-too-long
request cert=phones/phone-a.der target=@8193 user=x password=spring-2026
expect DENY target-too-long
