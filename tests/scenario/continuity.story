# A device is known by the first key that it was allowed with. Another certificate of the vendor with its address is no help.
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        requisite crl
        required acl
        required continuity
        required owner
        required password
    }
    path "/{mac}.cfg" class device
    path "/000000000000*.cfg" class shared
}
realm watched {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        requisite crl
        required continuity { change alarm }
        required owner
    }
    path "/{mac}.cfg" class device
    path "/000000000000*.cfg" class shared
}
realm trial {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        requisite crl
        required continuity shadow
        required owner
    }
    path "/{mac}.cfg" class device
    path "/000000000000*.cfg" class shared
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
slot realm provisioning 2026a spring-2026
device 0004f282e824

# only an ALLOW makes a key known
request cert=phones/rekeyed.der target=/0004f282e824.cfg
expect CHALLENGE credentials-missing
request cert=phones/rekeyed.der target=/0004f2000003.cfg user=x password=spring-2026
expect DENY not-owner
request cert=phones/rekeyed.der target=/0004f282e824.cfg user=x password=wrong
expect DENY credentials-wrong
expect-key 0004f282e824 none
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
expect-key 0004f282e824 since=2026-01-15T00:00:00Z

clock 2026-01-15T01:00:00Z
request cert=phones/rekeyed.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY key-changed
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
expect-key 0004f282e824 since=2026-01-15T00:00:00Z
expect-seen 0004f282e824 denied=key-changed

# an alarm lets it in, and changes nothing; on trial it is told
request realm=watched cert=phones/rekeyed.der target=/0004f282e824.cfg
expect ALLOW ok
request realm=trial cert=phones/rekeyed.der target=/0004f282e824.cfg
expect ALLOW ok would-deny=continuity
expect-key 0004f282e824 since=2026-01-15T00:00:00Z

# off the list and on it again: the key is still known, until an operator says otherwise
device-remove 0004f282e824
request cert=phones/rekeyed.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY device-removed
device 0004f282e824
request cert=phones/rekeyed.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY key-changed
rekey 0004f282e824
expect-key 0004f282e824 none
request cert=phones/rekeyed.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
expect-key 0004f282e824 since=2026-01-15T01:00:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY key-changed

# a device that no operator allowed gets no key, whoever comes first; on trial keys become known
request realm=watched cert=phones/phone-c.der target=/0004f2000003.cfg
expect ALLOW ok
expect-key 0004f2000003 none
device 0004f2000003 state=disabled
request realm=watched cert=phones/phone-c.der target=/0004f2000003.cfg
expect ALLOW ok
expect-key 0004f2000003 none
device 0004f2000003
request realm=trial cert=phones/phone-c.der target=/0004f2000003.cfg
expect ALLOW ok
expect-key 0004f2000003 since=2026-01-15T01:00:00Z
