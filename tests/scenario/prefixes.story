# Prefixes: only where the realm says so; a device's own entry counts, whatever it says.
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        required acl prefixes yes
        required owner
    }
    path "/{mac}.cfg" class device
    path "/acme/*.cfg" class shared groups acme
    path "/blue/*.cfg" class shared groups blue
}
realm without {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        required acl
        required owner
    }
    path "/{mac}.cfg" class device
}
realm kept-out {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        required acl for device
        required owner
        required password
    }
    path "/{mac}.cfg" class device
    path "/open/*.cfg" class shared groups acme access mac
}
realm unlisted {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        required owner
        required password
    }
    path "/{mac}.cfg" class device
}
realm half {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        required acl prefixes yes for device
        required owner
    }
    path "/{mac}.cfg" class device
    path "/acme/*.cfg" class shared groups acme
}
realm grouped {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        required acl prefixes yes
        required owner
        required password
    }
    path "/{mac}.cfg" class device
}
end
clock 2026-01-15T00:00:00Z
ca anchor ca/root.der
ca intermediate ca/policy.der
ca intermediate ca/issuing1.der
ca intermediate ca/issuing2.der

# nobody is on the list
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect DENY device-unknown
prefix 0004f2/24 group=acme
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect ALLOW ok
# an address of another prefix
request cert=phones/phone-b.der target=/0004a11a1a1a.cfg
expect DENY device-unknown
# a realm that does not want prefixes
request realm=without cert=phones/phone-a.der target=/0004f282e824.cfg
expect DENY device-unknown

# its group is the device's, for paths and for passwords
request cert=phones/phone-a.der target=/acme/logo.cfg
expect ALLOW ok
request cert=phones/phone-a.der target=/blue/logo.cfg
expect DENY group-not-allowed
slot group acme 2026 acme-2026
request realm=grouped cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=acme-2026
expect ALLOW ok

# where the list does not take prefixes, or is not asked, it is nobody's
request realm=kept-out cert=phones/phone-a.der target=/open/logo.cfg
expect DENY group-not-allowed
request realm=kept-out cert=phones/phone-a.der target=/open/logo.cfg user=x password=acme-2026
expect DENY group-not-allowed
request realm=unlisted cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=acme-2026
expect DENY credentials-wrong
request realm=half cert=phones/phone-a.der target=/0004f282e824.cfg
expect ALLOW ok
request realm=half cert=phones/phone-a.der target=/acme/logo.cfg
expect DENY group-not-allowed

# the longer one wins, whatever it says
prefix 0004f282/32 state=disabled
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect DENY device-disabled
request cert=phones/phone-c.der target=/0004f2000003.cfg
expect ALLOW ok
prefix 0004f282e8/40 group=blue
request cert=phones/phone-a.der target=/blue/logo.cfg
expect ALLOW ok
request cert=phones/phone-a.der target=/acme/logo.cfg
expect DENY group-not-allowed
request realm=grouped cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=acme-2026
expect DENY credentials-wrong
prefix-remove 0004f282e8/40
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect DENY device-disabled
prefix-remove 0004f282/32
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect ALLOW ok

# one that has expired denies, and gives no way to the shorter
prefix 0004f282/32 expires=2026-01-15T02:00:00Z
clock 2026-01-15T01:59:59Z
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect ALLOW ok
clock 2026-01-15T02:00:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect DENY device-expired
prefix-remove 0004f282/32

# the device's own entry: removed, expired, in another group
device 0004f282e824 group=blue
request cert=phones/phone-a.der target=/blue/logo.cfg
expect ALLOW ok
request cert=phones/phone-a.der target=/acme/logo.cfg
expect DENY group-not-allowed
device-set 0004f282e824 expires=2026-01-15T03:00:00Z ticket=T-1
clock 2026-01-15T02:59:59Z
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect ALLOW ok
clock 2026-01-15T03:00:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect DENY device-expired
request cert=phones/phone-a.der target=/blue/logo.cfg
expect DENY device-expired
device-set 0004f282e824 expires=2026-01-16T00:00:00Z
request cert=phones/phone-a.der target=/blue/logo.cfg
expect ALLOW ok
device-remove 0004f282e824
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect DENY device-removed
request realm=without cert=phones/phone-a.der target=/0004f282e824.cfg
expect DENY device-removed
# a prefix that comes later brings no removed device back
prefix 0004f282/32 group=acme
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect DENY device-removed
request cert=phones/phone-a.der target=/acme/logo.cfg
expect DENY device-removed
device-forget 0004f282e824
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect ALLOW ok
