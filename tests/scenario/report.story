# A realm in report mode: refusals of the checks that it names are told and decide nothing, to the
# second of its end. What no report lifts: chain, owner, class deny, unsafe targets, ERROR. (T83)
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    report until 2026-02-01 acl
    stack {
        requisite chain
        requisite crl stale ignore
        requisite acl
        required owner
        required password
    }
    report until 2026-01-20T12:00:00Z password
    report until 2026-01-25T00:00:00Z crl
    path "/{mac}.cfg" class device
    path "/{mac}-boot.log" class device methods PUT HEAD
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
slot realm provisioning 2026a spring-2026

# what passes counts as ever, and is not told
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
# refused and asked for credentials are told apart; a requisite that is reported ends nothing
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect ALLOW ok would-challenge=password
request cert=phones/unknown.der target=/0004f2000006.cfg user=x password=wrong
expect ALLOW ok would-deny=acl,password
request cert=phones/revoked.der target=/0004f2000004.cfg user=x password=spring-2026
expect ALLOW ok would-deny=crl,acl

# never lifted: the owner, class deny, methods, groups, what matches no rule, what is unsafe
request cert=phones/unknown.der target=/0004f282e824.cfg user=x password=wrong
expect DENY not-owner would-deny=acl,password
request cert=phones/phone-a.der target=/secret/key user=x password=spring-2026
expect DENY class-denied
request cert=phones/phone-a.der method=PUT target=/0004f282e824.cfg user=x password=spring-2026
expect DENY method-not-allowed
request cert=phones/unknown.der target=/acme/site.cfg user=x password=spring-2026
expect DENY group-not-allowed would-deny=acl
request cert=phones/phone-a.der target=/nowhere user=x password=spring-2026
expect DENY path-unmatched
request cert=phones/phone-a.der target=/a/../0004f282e824.cfg user=x password=spring-2026
expect DENY path-dot-segment
# nor the chain
request cert=phones/selfsigned.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY chain-self-signed
request target=/0004f282e824.cfg user=x password=spring-2026
expect DENY no-certificate
# nor what could not be answered: five salts are more than are tried
slot device 0004a11a1a1a 1 a
slot device 0004a11a1a1a 2 b
slot device 0004a11a1a1a 3 c
slot device 0004a11a1a1a 4 d
slot device 0004a11a1a1a 5 e
request cert=phones/phone-b.der target=/0004a11a1a1a.cfg user=x password=wrong
expect ERROR internal would-deny=acl

# the last second of it, and the first one without
clock 2026-01-20T11:59:59Z
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect ALLOW ok would-challenge=password
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=wrong
expect ALLOW ok would-deny=password
clock 2026-01-20T12:00:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect CHALLENGE credentials-missing
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=wrong
expect DENY credentials-wrong
request cert=phones/unknown.der target=/0004f2000006.cfg user=x password=spring-2026
expect ALLOW ok would-deny=acl

# each line has an end of its own; a date alone begins at midnight, UTC
clock 2026-01-24T23:59:59Z
request cert=phones/revoked.der target=/0004f2000004.cfg user=x password=spring-2026
expect ALLOW ok would-deny=crl,acl
clock 2026-01-25T00:00:00Z
request cert=phones/revoked.der target=/0004f2000004.cfg user=x password=spring-2026
expect DENY certificate-revoked
clock 2026-01-31T23:59:59Z
request cert=phones/unknown.der target=/0004f2000006.cfg user=x password=spring-2026
expect ALLOW ok would-deny=acl
clock 2026-02-01T00:00:00Z
request cert=phones/unknown.der target=/0004f2000006.cfg user=x password=spring-2026
expect DENY device-unknown
