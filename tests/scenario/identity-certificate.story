# A realm of BroadWorks' kind: the MAC is found within the name of a certificate, and a name of many is nobody's. (T11, T44)
config
realm provisioning {
    peers uid:0
    identity broadworks from certificate
    generic 0004A11A1A1A
    stack {
        requisite chain
        required owner
    }
    path "/{mac}.cfg" class device
    path "/shared.cfg" class shared
}
end
clock 2026-01-15T00:00:00Z
ca anchor ca/root.der
ca intermediate ca/policy.der
ca intermediate ca/issuing1.der
ca intermediate ca/issuing2.der

request cert=phones/phone-a.der target=/0004f282e824.cfg
expect ALLOW ok
request cert=phones/phone-a.der target=/0004a11a1a1a.cfg
expect DENY not-owner

# phone-b is good but for its name
request cert=phones/phone-b.der target=/0004a11a1a1a.cfg
expect DENY cn-generic
request cert=phones/phone-b.der target=/shared.cfg
expect DENY cn-generic
