# Passwords that were right are remembered: what opens, and what does not any more, is the same as without.
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        requisite crl stale grace 72h
        required acl
        required owner
        required password cache 64
    }
    path "/{mac}.cfg" class device
    path "/{mac}-phone.cfg" class device
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
slot group acme now for-acme until=2026-01-20T00:00:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=for-acme
expect ALLOW
request cert=phones/phone-a.der target=/0004f282e824-phone.cfg user=x password=for-acme
expect ALLOW
expect-seen 0004f282e824 slot=group/acme/now
request cert=phones/phone-a.der target=/0004f282e824-phone.cfg user=x password=for-acmf
expect DENY credentials-wrong
request cert=phones/phone-b.der target=/0004a11a1a1a.cfg user=x password=for-acme
expect DENY credentials-wrong
# its group is another one
device-set 0004f282e824 group=blue
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=for-acme
expect DENY credentials-wrong
device-set 0004f282e824 group=acme
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=for-acme
expect ALLOW
# another slot begins; the first one's window ends, and a clock that steps back opens it again
slot group acme next after-it user=phone from=2026-01-20T00:00:00Z
clock 2026-01-19T23:59:59Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=for-acme
expect ALLOW
clock 2026-01-20T00:00:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=for-acme
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=phone password=after-it
expect ALLOW
request cert=phones/phone-a.der target=/0004f282e824.cfg user=phones password=after-it
expect DENY credentials-wrong
clock 2026-01-19T23:59:59Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=phone password=after-it
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=for-acme
expect ALLOW
