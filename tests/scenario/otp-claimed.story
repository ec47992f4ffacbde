# Without a certificate: a code of 80 bits is worth what it is, a short one nothing; nobody's guess counts against it.
config
realm provisioning {
    peers uid:0
    identity poly from path
    stack {
        required acl
        required owner
        sufficient otp
        required password
    }
    path "/bootstrap/{mac}.cfg" class bootstrap
    path "/{mac}.cfg" class device
}
end
clock 2026-01-15T00:00:00Z
device 0004f282e824
slot device 0004f282e824 own only-mine
otp 0004f282e824 provisioning 4711-0815
request target=/bootstrap/0004f282e824.cfg user=x password=47110815
expect DENY credentials-wrong
expect-otp 0004f282e824 provisioning live tries=10

otp 0004f282e824 provisioning abcd-efgh-jkmn-pqrs within=60
request target=/bootstrap/0004f282e824.cfg
expect CHALLENGE credentials-missing
request target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-wwww
expect DENY credentials-wrong
request target=/bootstrap/0004f2000009.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY
request target=/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY credentials-wrong
expect-otp 0004f282e824 provisioning live tries=10
request target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect ALLOW ok
# a repeated use needs a key
request target=/bootstrap/0004f282e824.cfg user=x password=abcd-efgh-jkmn-pqrs
expect DENY credentials-wrong
request target=/bootstrap/0004f282e824.cfg user=x password=only-mine
expect ALLOW ok
