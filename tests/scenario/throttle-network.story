# Strangers of a network share its tries; they delay neither the device at home, nor another network, nor who proves the device. (T78, T79)
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        requisite crl stale grace 72h
        required acl
        required owner
        requisite throttle tries 3 wait 60s network-tries 6
        required password
    }
    path "/{mac}.cfg" class device
    path "/lost/{mac}.cfg" class device access mac
    path "/web/{mac}.cfg" class device access password
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
device 0004f282e824
device 0004a11a1a1a
slot realm provisioning 2026 spring-2026
slot device 0004f282e824 own only-mine

# the phone has come home once, as a browser with its own password, and without a proven certificate
request target=/web/0004f282e824.cfg user=x source=192.0.2.7 password=only-mine
expect ALLOW ok
# strangers beside it, each with two guesses
request target=/web/0004f282e824.cfg user=x source=192.0.2.8 password=s0
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x source=192.0.2.8 password=s1
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x source=192.0.2.9 password=s2
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x source=192.0.2.9 password=s3
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x source=192.0.2.10 password=s4
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x source=192.0.2.10 password=s5
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x source=192.0.2.11 password=s99
expect DENY throttled retry=60
# not even the right one, whoever has it there: else it could be told from a wrong one without end
request target=/web/0004f282e824.cfg user=x source=192.0.2.12 password=only-mine
expect DENY throttled retry=60
# at home it passes
request target=/web/0004f282e824.cfg user=x source=192.0.2.7 password=only-mine
expect ALLOW ok
request target=/web/0004f282e824.cfg user=x source=192.0.2.7 password=s98
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x source=192.0.2.7 password=only-mine
expect ALLOW ok
# and so does the phone with its certificate, at the very address of the strangers
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.8 password=spring-2026
expect ALLOW ok
# a network beside
request target=/web/0004f282e824.cfg user=x source=192.0.3.8 password=only-mine
expect ALLOW ok
# an address of IPv6 is 64 bits, a network 48
request target=/web/0004f282e824.cfg user=x source=2001:db8:1:1::0 password=v0
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x source=2001:db8:1:1::1 password=v1
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x source=2001:db8:1:2::0 password=v2
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x source=2001:db8:1:2::1 password=v3
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x source=2001:db8:1:3::0 password=v4
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x source=2001:db8:1:3::1 password=v5
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x source=2001:db8:1:ffff::1 password=v98
expect DENY throttled retry=60
request target=/web/0004f282e824.cfg user=x source=2001:db8:2::1 password=v99
expect DENY credentials-wrong
# where the front end tells no source, a claim is not counted: all strangers together would shut the device out
request target=/web/0004f282e824.cfg user=x password=n0
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x password=n1
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x password=n2
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x password=n3
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x password=n4
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x password=n5
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x password=n6
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x password=n7
expect DENY credentials-wrong
request target=/web/0004f282e824.cfg user=x password=only-mine
expect ALLOW ok
