# Unknown devices wait for an operator: those that are proven, and that nothing but the list speaks against.
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        requisite crl
        required acl { learn yes }
        required owner
        required password
    }
    path "/{mac}.cfg" class device
    path "/000000000000*.cfg" class shared
}
realm silent {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        requisite crl
        required acl
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
        required acl shadow { learn yes }
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

# denied all the same; without credentials too, since phones send them only when asked
request cert=phones/unknown.der target=/0004f2000006.cfg user=x password=spring-2026 agent=FileTransport\x20PolycomVVX-VVX_500-UA/5.9.7.4477
expect DENY device-unknown
expect-pending 0004f2000006 count=1 realm=provisioning model=VVX_500 cert=yes first=2026-01-15T00:00:00Z
clock 2026-01-15T01:00:00Z
request cert=phones/unknown.der target=/0004f2000006.cfg
expect DENY device-unknown
expect-pending 0004f2000006 count=2 first=2026-01-15T00:00:00Z last=2026-01-15T01:00:00Z model=VVX_500

# something else speaks against it: its path, its password
request cert=phones/unknown.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY device-unknown
request cert=phones/unknown.der target=/0004f2000006.cfg user=x password=wrong
expect DENY device-unknown
expect-pending 0004f2000006 count=2

# T96: who is not proven, or revoked, is not pending
request cert=phones/selfsigned.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY chain-self-signed
expect-pending 0004f282e824 none
request cert=phones/revoked.der target=/0004f2000004.cfg user=x password=spring-2026
expect DENY certificate-revoked
expect-pending 0004f2000004 none
request cert=phones/expired.der target=/0004f2000005.cfg user=x password=spring-2026
expect DENY chain-expired
expect-pending 0004f2000005 none

# a realm that does not learn
request realm=silent cert=phones/phone-c.der target=/0004f2000003.cfg
expect DENY device-unknown
expect-pending 0004f2000003 none
# one where the list is on trial: let in, and pending
request realm=trial cert=phones/phone-c.der target=/0004f2000003.cfg
expect ALLOW ok would-deny=acl
expect-pending 0004f2000003 count=1 realm=trial
request realm=trial cert=phones/phone-c.der target=/0004f282e824.cfg
expect DENY not-owner would-deny=acl
expect-pending 0004f2000003 count=1

# rejected, expired or removed is not unknown
device 0004f2000006 state=disabled
request cert=phones/unknown.der target=/0004f2000006.cfg user=x password=spring-2026
expect DENY device-disabled
expect-pending 0004f2000006 count=2
device 0004f2000006 expires=2026-01-15T00:30:00Z
request cert=phones/unknown.der target=/0004f2000006.cfg user=x password=spring-2026
expect DENY device-expired
expect-pending 0004f2000006 count=2
device-remove 0004f2000006
request cert=phones/unknown.der target=/0004f2000006.cfg user=x password=spring-2026
expect DENY device-removed
expect-pending 0004f2000006 count=2
