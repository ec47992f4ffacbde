# BroadWorks' expression below a prefix: what the prefix spells out names nobody. (T44)
config
realm provisioning {
    peers uid:0
    identity broadworks from path regex "/[^/]*/.*([0-9a-f]{12})[.].*"
    prefix "/0004a11a1a1a"
    stack {
        required owner
        required password
    }
    path "/{mac}.cfg" class device
    path "/x.cfg" class shared
}
end
clock 2026-01-15T00:00:00Z
slot device 0004f282e824 own only-mine
slot device 0004a11a1a1a own only-yours
slot realm provisioning common for-all
request target=/0004a11a1a1a/0004f282e824.cfg user=x password=only-mine
expect ALLOW ok
request target=/0004a11a1a1a/0004f282e824.cfg user=x password=only-yours
expect DENY credentials-wrong
request target=/0004a11a1a1a/x.cfg user=x password=for-all
expect DENY no-subject
request target=/0004f282e824.cfg user=x password=only-mine
expect DENY path-prefix
