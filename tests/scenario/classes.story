# A line of the stack for some classes: it is not asked for the others, and is asked for what has none. (T83)
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    class keys
    stack {
        requisite chain
        required acl for device keys
        required owner
        required password for bootstrap keys
    }
    path "/{mac}.cfg" class device
    path "/keys/{mac}.pem" class keys
    path "/bootstrap/{mac}.cfg" class bootstrap
    path "/sip.ld" class shared
    path "/secret/**" class deny
}
end
clock 2026-01-15T00:00:00Z
ca anchor ca/root.der
ca intermediate ca/policy.der
ca intermediate ca/issuing1.der
ca intermediate ca/issuing2.der
device 0004f282e824
slot realm provisioning 2026a spring-2026

# class device: the list, no password
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect ALLOW ok
request cert=phones/unknown.der target=/0004f2000006.cfg
expect DENY device-unknown
# shared: neither
request cert=phones/unknown.der target=/sip.ld
expect ALLOW ok
# bootstrap: a password, no list
request cert=phones/unknown.der target=/bootstrap/0004f2000006.cfg
expect CHALLENGE credentials-missing
request cert=phones/unknown.der target=/bootstrap/0004f2000006.cfg user=x password=wrong
expect DENY credentials-wrong
request cert=phones/unknown.der target=/bootstrap/0004f2000006.cfg user=x password=spring-2026
expect ALLOW ok
# a class of the operator's own: both
request cert=phones/phone-a.der target=/keys/0004f282e824.pem
expect CHALLENGE credentials-missing
request cert=phones/unknown.der target=/keys/0004f2000006.pem user=x password=spring-2026
expect DENY device-unknown
request cert=phones/phone-a.der target=/keys/0004f282e824.pem user=x password=spring-2026
expect ALLOW ok
# chain and owner are asked for every class
request cert=phones/phone-a.der target=/bootstrap/0004f2000006.cfg user=x password=spring-2026
expect DENY not-owner
request cert=phones/selfsigned.der target=/sip.ld
expect DENY chain-self-signed
request cert=phones/phone-a.der target=/secret/x
expect DENY class-denied
# what matches no rule has no class: every line is asked
request cert=phones/unknown.der target=/nowhere user=x password=wrong
expect DENY device-unknown
