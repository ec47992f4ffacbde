# BroadWorks' layout: the MAC is found in the path by an expression, and nothing else in the path may look like one. (T44-T46)
config
realm provisioning {
    peers uid:0
    identity broadworks from path
    stack {
        required acl
        required owner
        required password
    }
    path "/dms/{mac}.cfg" class device
    path "/dms/a{mac}/*" class device
    path "/fw/{hex}.bin" class shared
    path "/0004f282e824/shared.cfg" class shared
    path "/dms/*" class shared
    path "/deep/**" class shared
}
end
clock 2026-01-15T00:00:00Z
device 0004f282e824
device 0004a11a1a1a
device 0004f2ddeeff
slot device 0004f282e824 own only-mine
slot device 0004f2ddeeff own of-the-other
slot realm provisioning common for-all

request target=/dms/0004f282e824.cfg user=x password=only-mine
expect ALLOW ok
request target=/dms/0004F282E824.cfg user=x password=only-mine
expect ALLOW ok
request target=/dms/0004f282e824.cfg
expect CHALLENGE credentials-missing

# two of them, in either order; the rules refuse most before it comes to the expression
request target=/dms/0004f2ddeeff.cfg?x=0004f282e824 user=x password=only-mine
expect DENY path-query
request target=/0004f2ddeeff.cfg/0004f282e824 user=x password=only-mine
expect DENY path-unmatched
request target=/dms/0004f282e824/0004f2ddeeff.cfg user=x password=only-mine
expect DENY path-unmatched
request target=/deep/0004f2ddeeff/0004f282e824.cfg user=x password=only-mine
expect DENY path-foreign-mac
request target=/dms/0004f2ddeeffaabbccddee.cfg user=x password=only-mine
expect DENY path-foreign-mac
request target=/dms/0004f282e8%32.cfg user=x password=for-all
expect DENY no-subject
request target=/dms/0004f282e82%34.cfg user=x password=only-mine
expect ALLOW ok

# a run that the rule calls no MAC is not one for the expression, either
request target=/fw/d41d8cd98f00b204e9800998ecf8427e.bin user=x password=for-all
expect DENY mac-reserved
request target=/fw/d41d8cd98f00b204e9801098ecf8427e.bin user=x password=for-all
expect DENY mac-ambiguous

# what the rule itself spells out names nobody
request target=/0004f282e824/shared.cfg user=x password=for-all
expect DENY mac-ambiguous
request target=/0004f282e824/shared.cfg user=x password=only-mine
expect DENY mac-ambiguous
request target=/dms/a0004f282e824/0004f282e824.cfg user=x password=only-mine
expect ALLOW ok
request target=/dms/a0004f282e824/x.cfg user=x password=only-mine
expect ALLOW ok

# none at all
request target=/dms/phone.cfg user=x password=for-all
expect DENY no-subject
request target=/dms/00:04:f2:82:e8:24.cfg user=x password=for-all
expect DENY no-subject
