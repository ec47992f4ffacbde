# Guesses of one-time passwords are delayed as those of passwords are; the right one lets in beside them.
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        required acl
        required owner
        requisite throttle { tries 2 }
        required otp
    }
    path "/bootstrap/{mac}.cfg" class bootstrap
}
end
clock 2026-01-15T00:00:00Z
ca anchor ca/root.der
ca intermediate ca/policy.der
ca intermediate ca/issuing1.der
ca intermediate ca/issuing2.der
device 0004f282e824
otp 0004f282e824 provisioning 4711-0815
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg source=192.0.2.1 user=x password=00000001
expect DENY otp-wrong
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg source=192.0.2.1 user=x password=00000002
expect DENY otp-wrong
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg source=192.0.2.1 user=x password=00000003
expect DENY throttled retry=60
expect-otp 0004f282e824 provisioning live tries=8
clock 2026-01-15T00:02:00Z
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg source=192.0.2.1 user=x password=47110815
expect ALLOW ok
