# A phone whose certificate is proven: wrong passwords make its source wait, to the second; the right one goes on. (T78, T79)
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

# the same wrong password counts once, however often it comes
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=old-2025
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=old-2025
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=old-2025
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=old-2025
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=old-2025
expect DENY credentials-wrong
# a wrong one counts whatever else denies, a right one does not, nor does what brings none
request cert=phones/phone-a.der target=/0004a11a1a1a.cfg user=x password=spring-2026 source=192.0.2.7
expect DENY not-owner
request cert=phones/phone-a.der target=/0004a11a1a1a.cfg user=x password=spring-2026 source=192.0.2.7
expect DENY not-owner
request cert=phones/phone-a.der target=/0004a11a1a1a.cfg user=x password=spring-2026 source=192.0.2.7
expect DENY not-owner
request cert=phones/phone-a.der target=/0004a11a1a1a.cfg user=x password=spring-2026 source=192.0.2.7
expect DENY not-owner
request cert=phones/phone-a.der target=/0004a11a1a1a.cfg user=x password=g1 source=192.0.2.7
expect DENY not-owner
request cert=phones/phone-a.der target=/0004f282e824.cfg source=192.0.2.7
expect CHALLENGE credentials-missing
# three different ones, then one a minute
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=g2
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=g3
expect DENY throttled retry=60
clock 2026-01-15T00:00:59Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=g4
expect DENY throttled retry=1
# a dry run is throttled like any other, and takes nothing
check cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=g4
expect DENY throttled retry=1
clock 2026-01-15T00:01:00Z
check cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=g4
expect DENY credentials-wrong
check cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=g5
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=g4
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=g5
expect DENY throttled retry=60
# neither is a wrong one delayed that is known already, nor other sources and devices
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=g4
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.8 password=spring-2026
expect ALLOW ok
request cert=phones/phone-b.der target=/0004a11a1a1a.cfg user=x source=192.0.2.7 password=spring-2026
expect ALLOW ok
# the right one waits for its turn, and then as often as it likes
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=spring-2026
expect DENY throttled retry=60
clock 2026-01-15T00:02:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=spring-2026
expect ALLOW ok
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=spring-2026
expect ALLOW ok
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=spring-2026
expect ALLOW ok
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=spring-2026
expect ALLOW ok
# it gives no tries back: a wrong one takes the place, and the right one waits again
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=g6
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=spring-2026
expect DENY throttled retry=60
# where no password is asked for, none is counted and nobody waits
request cert=phones/phone-a.der target=/lost/0004f282e824.cfg user=x source=192.0.2.7 password=g7
expect ALLOW ok
# when all is forgotten, it is as at the beginning
clock 2026-01-15T00:06:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=h0
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=h1
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=h2
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x source=192.0.2.7 password=h3
expect DENY throttled retry=60
