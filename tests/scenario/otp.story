# A one-time password opens the bootstrap class, once, for its device alone, beside the password for all else.
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        requisite crl
        required acl
        required owner
        sufficient otp
        required password
    }
    path "/bootstrap/{mac}.cfg" class bootstrap methods GET HEAD PUT
    path "/bootstrap/start.cfg" class bootstrap
    path "/{mac}.cfg" class device
    path "/000000000000*.cfg" class shared
    path "/secret/**" class deny
}
realm other {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        required owner
        sufficient otp
        required password
    }
    path "/bootstrap/{mac}.cfg" class bootstrap
}
realm trial {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        required owner
        sufficient otp shadow
        required password
    }
    path "/bootstrap/{mac}.cfg" class bootstrap
}
realm reported {
    peers uid:0
    identity poly from certificate
    report until 2026-03-01 otp
    stack {
        requisite chain
        required owner
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
crl crl/root.crl
crl crl/policy.crl
crl crl/issuing1.crl
crl crl/issuing2.crl
slot realm provisioning 2026a spring-2026
device 0004f282e824
device 0004a11a1a1a
device 0004f2000003 state=disabled

# none: as without the check
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg
expect CHALLENGE credentials-missing
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY credentials-wrong

# once; the user name is free, and so are hyphens and capitals (T70)
otp 0004f282e824 provisioning abcd-efgh-jkmn-pqrs
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg
expect CHALLENGE credentials-missing
expect-otp 0004f282e824 provisioning live tries=10
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=anybody password=ABCDEFGHJKMNPQRS
expect ALLOW ok
expect-otp 0004f282e824 provisioning used used=2026-01-15T00:00:00Z
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok

# of this device, in this realm, for this class and method (T72)
otp 0004f282e824 provisioning abcd-efgh-jkmn-pqrs
request cert=phones/phone-b.der target=/bootstrap/0004a11a1a1a.cfg user=0004f282e824 password=abcd-efgh-jkmn-pqrs
expect DENY credentials-wrong
request cert=phones/phone-b.der target=/bootstrap/0004f282e824.cfg user=0004f282e824 password=abcd-efgh-jkmn-pqrs
expect DENY not-owner
request realm=other cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/000000000000.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/secret/x user=x password=abcd-efgh-jkmn-pqrs
expect DENY class-denied
request cert=phones/phone-a.der method=HEAD target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY credentials-wrong
request cert=phones/phone-a.der method=PUT target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg served=/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY path-mismatch
expect-otp 0004f282e824 provisioning live tries=10
# a file of all devices in the class
request cert=phones/phone-a.der target=/bootstrap/start.cfg user=x password=abcd-efgh-jkmn-pqrs
expect ALLOW ok
expect-otp 0004f282e824 provisioning used

# a remembered DENY consumes nothing, and counts no try; nor does a dry run
otp 0004f2000003 provisioning abcd-efgh-jkmn-pqrs
request cert=phones/phone-c.der target=/bootstrap/0004f2000003.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY device-disabled
request cert=phones/phone-c.der target=/bootstrap/0004f2000003.cfg user=x password=abcd-efgh-jkmn-wwww
expect DENY device-disabled
expect-otp 0004f2000003 provisioning live tries=10
otp 0004f282e824 provisioning abcd-efgh-jkmn-pqrs
check cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect ALLOW ok
check cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-wwww
expect DENY credentials-wrong
expect-otp 0004f282e824 provisioning live tries=10

# on trial and reported: nothing is consumed or counted, and a trial lets nobody in
otp 0004f282e824 trial abcd-efgh-jkmn-pqrs
request realm=trial cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY credentials-wrong
request realm=trial cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-wwww
expect DENY credentials-wrong would-deny=otp
expect-otp 0004f282e824 trial live tries=10
otp 0004f282e824 reported abcd-efgh-jkmn-pqrs
request realm=reported cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect ALLOW ok
request realm=reported cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-wwww
expect ALLOW ok would-deny=otp
expect-otp 0004f282e824 reported live tries=10

# the very second (T72)
clock 2026-01-15T01:00:00Z
otp 0004f282e824 provisioning abcd-efgh-jkmn-pqrs expires=2026-01-15T01:10:00Z
clock 2026-01-15T01:10:00Z
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY credentials-wrong
expect-otp 0004f282e824 provisioning expired
# a clock that goes back behind the issue makes it last no longer
clock 2026-01-15T00:59:59Z
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY credentials-wrong
clock 2026-01-15T01:09:59Z
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect ALLOW ok

# a new one replaces the old one; a revoked one is none
otp 0004f282e824 provisioning aaaa-aaaa-aaaa-aaaa
otp 0004f282e824 provisioning bbbb-bbbb-bbbb-bbbb
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=aaaa-aaaa-aaaa-aaaa
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=bbbb-bbbb-bbbb-bbbb
expect ALLOW ok
otp 0004f282e824 provisioning bbbb-bbbb-bbbb-bbbb
otp-revoke 0004f282e824 provisioning
expect-otp 0004f282e824 provisioning none
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=bbbb-bbbb-bbbb-bbbb
expect DENY credentials-wrong

# where it must come from
otp 0004f282e824 provisioning abcd-efgh-jkmn-pqrs source=192.0.2.0/24
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg source=192.0.3.1 user=x password=abcd-efgh-jkmn-pqrs
expect DENY credentials-wrong
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg source=192.0.3.1 user=x password=abcd-efgh-jkmn-wwww
expect DENY credentials-wrong
expect-otp 0004f282e824 provisioning live tries=10
request cert=phones/phone-a.der target=/bootstrap/0004f282e824.cfg source=::ffff:192.0.2.77 user=x password=abcd-efgh-jkmn-pqrs
expect ALLOW ok
