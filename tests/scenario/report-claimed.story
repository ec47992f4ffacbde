# Report mode where a device is not proven: nothing is lifted, whatever the report names. (T52, T83)
config
realm provisioning {
    peers uid:0
    identity poly from path
    report until 2026-02-01 acl password
    stack {
        required acl
        required owner
        required password
    }
    path "/{mac}.cfg" class device
}
realm mixed {
    peers uid:0
    identity poly from certificate
    report until 2026-02-01 acl password
    stack {
        requisite chain
        required acl
        required owner
        required password
    }
    path "/{mac}.cfg" class device
    path "/{mac}-mb.cfg" class device access password
}
end
clock 2026-01-15T00:00:00Z
ca anchor ca/root.der
ca intermediate ca/policy.der
ca intermediate ca/issuing1.der
ca intermediate ca/issuing2.der
device 0004f282e824
slot device 0004f282e824 own only-mine

# a path says who asks: the device's own password is all that tells it from others
request target=/0004f282e824.cfg user=x password=only-mine
expect ALLOW ok
request target=/0004f282e824.cfg
expect CHALLENGE credentials-missing
request target=/0004f282e824.cfg user=x password=wrong
expect DENY credentials-wrong
request target=/0004f2000006.cfg user=x password=only-mine
expect DENY

# a rule with `access password`, and no certificate
request realm=mixed target=/0004f282e824-mb.cfg user=x password=only-mine
expect ALLOW ok
request realm=mixed target=/0004f282e824-mb.cfg
expect CHALLENGE credentials-missing
request realm=mixed target=/0004f282e824-mb.cfg user=x password=wrong
expect DENY credentials-wrong

# the same realm, where a certificate proves the device: the report holds
request realm=mixed cert=phones/unknown.der target=/0004f2000006.cfg
expect ALLOW ok would-deny=acl would-challenge=password
request realm=mixed cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=wrong
expect ALLOW ok would-deny=password
# but not the owner
request realm=mixed cert=phones/phone-a.der target=/0004f2000006.cfg user=x password=wrong
expect DENY not-owner would-deny=password
