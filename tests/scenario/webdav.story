# WebDAV and headers that mean another path or method than the request's. (T51)
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        required acl
        required owner
    }
    path "/{mac}.cfg" class device
    path "/{mac}-a.log" class device methods GET PUT COPY MOVE
    path "/{mac}-b.log" class device methods GET PUT COPY MOVE
    path "/{mac}-c.log" class device groups blue methods COPY
    path "/firmware/**" class shared
}
end
clock 2026-01-15T00:00:00Z
ca anchor ca/root.der
ca intermediate ca/policy.der
ca intermediate ca/issuing1.der
ca intermediate ca/issuing2.der
device 0004f282e824 group=acme
device 0004a11a1a1a group=blue

request cert=phones/phone-a.der method=MKCOL target=/0004f282e824.cfg
expect DENY method-not-allowed
request cert=phones/phone-a.der method=PROPFIND target=/0004f282e824.cfg
expect DENY method-not-allowed
request cert=phones/phone-a.der method=PROPPATCH target=/0004f282e824.cfg
expect DENY method-not-allowed
request cert=phones/phone-a.der method=LOCK target=/0004f282e824.cfg
expect DENY method-not-allowed
request cert=phones/phone-a.der method=UNLOCK target=/0004f282e824.cfg
expect DENY method-not-allowed
request cert=phones/phone-a.der method=DELETE target=/0004f282e824.cfg
expect DENY method-not-allowed
request cert=phones/phone-a.der method=TRACE target=/0004f282e824.cfg
expect DENY method-not-allowed
request cert=phones/phone-a.der method=POST target=/0004f282e824.cfg
expect DENY method-not-allowed
request cert=phones/phone-a.der method=PROPFIND target=/firmware/
expect DENY method-not-allowed
request cert=phones/phone-a.der method=COPY target=/0004f282e824.cfg header=destination:/0004f282e824-a.log
expect DENY method-not-allowed
request cert=phones/phone-a.der method=BREW target=/0004f282e824.cfg
expect DENY method-unknown

request cert=phones/phone-a.der method=COPY target=/0004f282e824-a.log header=destination:/0004f282e824-b.log
expect ALLOW ok
request cert=phones/phone-a.der method=MOVE target=/0004f282e824-a.log header=destination:https://host/0004f282e824-b.log
expect ALLOW ok
request cert=phones/phone-a.der method=COPY target=/0004f282e824-a.log
expect DENY destination
request cert=phones/phone-a.der method=COPY target=/0004f282e824-a.log header=destination:/0004a11a1a1a-b.log
expect DENY destination
request cert=phones/phone-a.der method=COPY target=/0004f282e824-a.log header=destination:/x/../0004f282e824-b.log
expect DENY destination
request cert=phones/phone-a.der method=COPY target=/0004f282e824-a.log header=destination:/0004f282e824.cfg
expect DENY destination
request cert=phones/phone-a.der method=PUT target=/0004f282e824-a.log header=destination:/0004a11a1a1a-b.log
expect DENY destination
# the groups of its rule hold, too
request cert=phones/phone-a.der method=COPY target=/0004f282e824-a.log header=destination:/0004f282e824-c.log
expect DENY group-not-allowed
request cert=phones/phone-b.der method=COPY target=/0004a11a1a1a-a.log header=destination:/0004a11a1a1a-c.log
expect ALLOW ok

request cert=phones/phone-a.der target=/0004f282e824.cfg header=x-http-method-override:DELETE
expect DENY method-override
request cert=phones/phone-a.der target=/0004f282e824.cfg header=x-http-method:PUT
expect DENY method-override
request cert=phones/phone-a.der target=/0004f282e824.cfg header=upgrade:h2c
expect DENY upgrade
request cert=phones/phone-a.der target=/0004f282e824.cfg header=upgrade:websocket
expect DENY upgrade
request cert=phones/phone-a.der target=/0004f282e824.cfg header=upgrade:
expect DENY upgrade
request cert=phones/phone-a.der target=/0004f282e824.cfg header=upgrade-insecure-requests:1
expect ALLOW ok
request cert=phones/phone-a.der target=/0004f282e824.cfg header=x-http-method-override:GET
expect ALLOW ok
