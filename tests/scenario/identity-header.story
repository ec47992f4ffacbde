# A header that the front end passes on says who asks, found by BroadWorks' expression: it identifies, and proves nothing. (T44-T47, T52)
config
realm provisioning {
    peers uid:0
    identity broadworks from header X-Device
    stack {
        required password
        required acl
        required owner
    }
    path "/{mac}.cfg" class device
    path "/shared.cfg" class shared
    path "/secret/**" class deny
}
end
clock 2026-01-15T00:00:00Z
device 0004f282e824
device 0004a11a1a1a
slot device 0004f282e824 own only-mine
slot realm provisioning common for-all

request header=x-device:0004f282e824 target=/0004f282e824.cfg user=x password=only-mine
expect ALLOW ok
request header=x-device:Phone\x200004F282E824\x20(demo) target=/0004f282e824.cfg user=x password=only-mine
expect ALLOW ok
request header=x-device:0004f282e824 target=/shared.cfg user=x password=for-all
expect ALLOW ok
request header=x-device:0004f282e824 target=/0004f282e824.cfg user=x password=for-all
expect DENY credentials-wrong

# the file is still that of the device that the path names
request header=x-device:0004f282e824 target=/0004a11a1a1a.cfg user=x password=only-mine
expect DENY not-owner
request header=x-device:0004a11a1a1a target=/0004f282e824.cfg user=x password=only-mine
expect DENY credentials-wrong

# one header, with one MAC
request target=/0004f282e824.cfg user=x password=only-mine
expect DENY mac-header
request header=x-other:0004f282e824 target=/0004f282e824.cfg user=x password=only-mine
expect DENY mac-header
request header=x-device: target=/0004f282e824.cfg user=x password=only-mine
expect DENY mac-header
request header=x-device:phone target=/0004f282e824.cfg user=x password=only-mine
expect DENY mac-header
request header=x-device:0004f282e824 header=x-device:0004f282e824 target=/0004f282e824.cfg user=x password=only-mine
expect DENY header-invalid
request header=x-device:0004a11a1a1a,0004f282e824 target=/0004f282e824.cfg user=x password=only-mine
expect DENY mac-ambiguous
request header=x-device:10004f282e824 target=/0004f282e824.cfg user=x password=only-mine
expect DENY mac-ambiguous
request header=x-device:00:04:f2:82:e8:24 target=/0004f282e824.cfg user=x password=only-mine
expect DENY mac-header
request header=x-device:ffffffffffff target=/shared.cfg user=x password=for-all
expect DENY mac-reserved
request header=x-device:0004f282e824\x0a target=/0004f282e824.cfg user=x password=only-mine
expect DENY mac-header
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=only-mine
expect DENY mac-header

# known or not
request header=x-device:0004f282e824 target=/0004f282e824.cfg
expect CHALLENGE credentials-missing
request header=x-device:0004f2000008 target=/0004f282e824.cfg
expect CHALLENGE credentials-missing
request header=x-device:0004f2000008 target=/shared.cfg
expect CHALLENGE credentials-missing
request header=x-device:0004f2000008 target=/secret/x
expect DENY device-unknown
request header=x-device:0004f2000008 target=/nothing
expect DENY device-unknown
request header=x-device:0004f282e824 target=/secret/x
expect DENY class-denied
request header=x-device:0004f282e824 target=/nothing
expect DENY path-unmatched
request header=x-device:0004f2000008 target=/shared.cfg user=x password=wrong
expect DENY credentials-wrong
