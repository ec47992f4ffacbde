# A handle stands for the chain that it was given for, and for nothing else: not for another peer, not in another
# realm, not when other CAs count, not after the chain's end. What the stack says of a device it says anew at each
# request. (T15, T32)
config
realm provisioning {
    peers uid:0 uid:33 uid:34
    identity poly from certificate
    stack {
        requisite chain
        requisite crl stale grace 72h
        required acl
        required owner
    }
    path "/{mac}.cfg" class device
}
realm others {
    peers uid:0 uid:33
    identity poly from certificate
    stack {
        requisite chain
        required owner
    }
    path "/{mac}.cfg" class device
}
realm claimed {
    peers uid:0
    identity separated from path
    stack {
        required acl
        required owner
        required password
    }
    path "/{mac}.cfg" class device
}
end
unless-plain
clock 2026-01-15T00:00:00Z
ca anchor ca/root.der
ca intermediate ca/policy.der
ca intermediate ca/issuing1.der
crl crl/root.crl
crl crl/policy.crl
crl crl/issuing1.crl
device 0004f282e824
device 0004a11a1a1a
device 0004f2000003

# whoever does not ask gets none; the runner would not stand for it
request peer=33 cert=phones/phone-a.der target=/0004f282e824.cfg
expect ALLOW ok
# the verdict does not matter, as long as the chain is proven
request peer=33 cert=phones/phone-a.der target=/0004a11a1a1a.cfg want=a
expect DENY not-owner
expect-handle a
request peer=33 handle=a target=/0004f282e824.cfg
expect ALLOW ok
# it is its device's, as the chain is
request peer=33 handle=a target=/0004a11a1a1a.cfg
expect DENY not-owner
# the front end's word counts at each request
request peer=33 handle=a target=/0004f282e824.cfg front=23
expect DENY front-verify-failed
# what is not proven has none
request peer=33 cert=phones/selfsigned.der target=/0004f282e824.cfg want=none
expect DENY
expect-handle none none
request peer=33 cert=phones/phone-a.der target=/0004f282e824.cfg front=23 want=none
expect DENY front-verify-failed
expect-handle none none

# another peer, another realm
request peer=34 handle=a target=/0004f282e824.cfg
expect ERROR need-chain
request peer=33 realm=others handle=a target=/0004f282e824.cfg
expect ERROR need-chain
request peer=34 realm=others handle=a target=/0004f282e824.cfg
expect ERROR realm-forbidden
request realm=claimed handle=a target=/0004f282e824.cfg
expect ERROR need-chain
request peer=33 realm=nowhere handle=a target=/0004f282e824.cfg
expect ERROR realm-unknown
request peer=33 realm=others cert=phones/phone-a.der target=/0004f282e824.cfg want=other
expect ALLOW ok
request peer=33 realm=others handle=other target=/0004f282e824.cfg
expect ALLOW ok
request peer=33 handle=other target=/0004f282e824.cfg
expect ERROR need-chain

# beside a chain it says nothing: the chain is phone b's
request peer=33 realm=others handle=other cert=phones/phone-b.der chain=issuing2 target=/0004f282e824.cfg
expect DENY not-owner
request peer=33 realm=others handle=other cert=phones/phone-b.der chain=issuing2 target=/0004a11a1a1a.cfg
expect ALLOW ok

# a dry run neither gives nor takes any
check peer=33 cert=phones/phone-a.der target=/0004f282e824.cfg want=none
expect ALLOW ok
expect-handle none none
check peer=33 handle=a target=/0004f282e824.cfg
expect ERROR need-chain

# the list and the CRLs of now
device-set 0004f282e824 state=disabled
request peer=33 handle=a target=/0004f282e824.cfg
expect DENY device-disabled
device-set 0004f282e824 state=allowed
request peer=33 handle=a target=/0004f282e824.cfg
expect ALLOW ok
request peer=33 cert=phones/phone-c.der target=/0004f2000003.cfg want=c
expect ALLOW ok
request peer=33 handle=c target=/0004f2000003.cfg
expect ALLOW ok
crl later/issuing1.crl
request peer=33 handle=c target=/0004f2000003.cfg
expect DENY certificate-revoked
request peer=33 handle=a target=/0004f282e824.cfg
expect ALLOW ok

# other CAs: the chain must be proven anew
ca intermediate ca/issuing2.der
request peer=33 handle=a target=/0004f282e824.cfg
expect ERROR need-chain
request peer=33 cert=phones/phone-a.der target=/0004f282e824.cfg want=a
expect ALLOW ok
request peer=33 handle=a target=/0004f282e824.cfg
expect ALLOW ok

# the end of the certificate
clock 2040-12-27T00:00:01Z
request peer=33 realm=others handle=other target=/0004f282e824.cfg
expect ERROR need-chain
request peer=33 realm=others cert=phones/phone-a.der target=/0004f282e824.cfg
expect DENY chain-expired
