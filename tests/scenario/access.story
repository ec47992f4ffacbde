# What must speak for a device, rule by rule: its certificate, its password, or both. (T52)
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
    path "/{mac}-mb.cfg" class device access password
    path "/{mac}-boot.log" class device methods PUT access mac
    path "/boot/{mac}.cfg" class bootstrap access password
    path "/firmware/**" class shared access mac
    path "/other/{mac}-mb.cfg" class device access both
    path "/secret/{mac}" class deny access password
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
device 0004a11a1a1a state=disabled
device 0004f2000004
device 0004f2000005
slot device 0004f282e824 own only-mine
slot device 0004a11a1a1a own once-mine
slot group acme common for-acme
slot realm provisioning common for-all

# mac: the certificate is enough, and still has to be a good one, on the list and the owner's
request cert=phones/phone-a.der target=/0004f282e824-boot.log method=PUT
expect ALLOW ok
request cert=phones/phone-a.der target=/0004f282e824-boot.log method=PUT user=x password=wrong
expect ALLOW ok
request cert=phones/phone-a.der target=/firmware/a
expect ALLOW ok
request cert=phones/phone-a.der target=/0004a11a1a1a-boot.log method=PUT
expect DENY not-owner
request cert=phones/phone-b.der target=/0004a11a1a1a-boot.log method=PUT
expect DENY device-disabled
request cert=phones/revoked.der target=/firmware/a
expect DENY certificate-revoked
request cert=phones/selfsigned.der target=/firmware/a
expect DENY chain-self-signed
request target=/firmware/a user=x password=only-mine
expect DENY no-certificate
request target=/0004f282e824-boot.log method=PUT user=x password=only-mine
expect DENY no-certificate

# both, which is what the stack says
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect CHALLENGE credentials-missing
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=for-all
expect ALLOW ok
request target=/0004f282e824.cfg user=x password=only-mine
expect DENY no-certificate

# password, without a certificate: the device's own, and nothing else
request target=/0004f282e824-mb.cfg user=x password=only-mine
expect ALLOW ok
request target=/boot/0004f282e824.cfg user=x password=only-mine
expect ALLOW ok
request target=/0004f282e824-mb.cfg user=x password=for-all
expect DENY credentials-wrong
request target=/0004f282e824-mb.cfg user=x password=for-acme
expect DENY credentials-wrong
request target=/boot/0004f282e824.cfg user=x password=for-all
expect DENY credentials-wrong
request target=/0004f2000005-mb.cfg user=x password=only-mine
expect DENY credentials-wrong
request target=/0004a11a1a1a-mb.cfg user=x password=once-mine
expect DENY device-disabled
request target=/0004f282e824-mb.cfg method=PUT user=x password=only-mine
expect DENY method-not-allowed
request target=/secret/0004f282e824 user=x password=only-mine
expect DENY class-denied

# and everybody is asked for it, known or not
request target=/0004f282e824-mb.cfg
expect CHALLENGE credentials-missing
request target=/0004f2000008-mb.cfg
expect CHALLENGE credentials-missing
request target=/0004a11a1a1a-mb.cfg
expect CHALLENGE credentials-missing
request target=/0004f2000008-mb.cfg user=x password=wrong
expect DENY device-unknown
request target=/secret/0004f282e824
expect DENY class-denied

# password, with a certificate: that counts as anywhere else, good or bad
request cert=phones/phone-a.der target=/0004f282e824-mb.cfg
expect CHALLENGE credentials-missing
request cert=phones/phone-a.der target=/0004f282e824-mb.cfg user=x password=only-mine
expect ALLOW ok
request cert=phones/phone-a.der target=/0004f282e824-mb.cfg user=x password=for-all
expect ALLOW ok
request cert=phones/phone-c.der target=/0004f282e824-mb.cfg user=x password=only-mine
expect DENY device-unknown
request cert=phones/selfsigned.der target=/0004f282e824-mb.cfg user=x password=only-mine
expect DENY chain-self-signed
request cert=phones/revoked.der target=/0004f2000004-mb.cfg user=x password=for-all
expect DENY certificate-revoked
request cert=phones/expired.der target=/0004f2000005-mb.cfg user=x password=for-all
expect DENY chain-expired
request cert=phones/wildcard.der target=/0004f282e824-mb.cfg user=x password=only-mine
expect DENY cn-not-a-mac
request cert=bad/trailing.der target=/0004f282e824-mb.cfg user=x password=only-mine
expect DENY certificate-trailing-bytes

# one that the front end refused and kept to itself is none that was not sent
request front=26 target=/0004f282e824-mb.cfg user=x password=only-mine
expect DENY no-certificate

# what is served lies behind the same door
request target=/0004f282e824-mb.cfg served=/0004f282e824-mb.cfg user=x password=only-mine
expect ALLOW ok
request target=/0004f282e824-mb.cfg served=/0004f282e824.cfg user=x password=only-mine
expect DENY no-certificate
request target=/0004f282e824-mb.cfg served=/other/0004f282e824-mb.cfg user=x password=only-mine
expect DENY no-certificate
request cert=phones/phone-a.der target=/0004f282e824-boot.log method=PUT served=/0004f282e824.cfg
expect DENY path-mismatch
