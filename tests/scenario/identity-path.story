# Whoever asks says by the path who he is: that identifies, and only the device's own password opens its files. (T52, T75)
config
realm provisioning {
    peers uid:0
    identity poly from path
    stack {
        required acl
        required owner
        required password
    }
    path "/{mac}.cfg" class device
    path "/{mac}-boot.log" class device methods PUT
    path "/acme/{mac}.cfg" class device groups acme
    path "/boot/{mac}.cfg" class bootstrap
    path "/shared.cfg" class shared
    path "/shared/{mac}/*" class shared
    path "/secret/**" class deny
    path "/secrets/{mac}.cfg" class deny
}
end
clock 2026-01-15T00:00:00Z
device 0004f282e824 group=acme
device 0004a11a1a1a group=blue
device 0004f2000003 state=disabled
slot device 0004f282e824 own only-mine
slot device 0004a11a1a1a own only-yours
slot device 0004f2000003 own once-mine
slot device 0004f2000009 own of-nobody
slot group acme common for-acme
slot realm provisioning common for-all

# its own password, and nobody else's; a common one would let any phone in as any other
request target=/0004f282e824.cfg user=x password=only-mine
expect ALLOW ok
request target=/0004F282E824.cfg user=x password=only-mine
expect ALLOW ok
request target=/0004f282e824-boot.log method=PUT user=x password=only-mine
expect ALLOW ok
request target=/acme/0004f282e824.cfg user=x password=only-mine
expect ALLOW ok
request target=/0004f282e824.cfg user=x password=only-yours
expect DENY credentials-wrong
request target=/0004f282e824.cfg user=x password=for-acme
expect DENY credentials-wrong
request target=/0004f282e824.cfg user=x password=for-all
expect DENY credentials-wrong
request target=/0004a11a1a1a.cfg user=x password=only-mine
expect DENY credentials-wrong

# what every device may have, a common password opens
request target=/boot/0004f282e824.cfg user=x password=for-all
expect ALLOW ok
request target=/boot/0004f282e824.cfg user=x password=for-acme
expect ALLOW ok
request target=/boot/0004a11a1a1a.cfg user=x password=for-acme
expect DENY credentials-wrong
request target=/shared/0004a11a1a1a/x.cfg user=x password=for-all
expect ALLOW ok
request target=/shared/0004a11a1a1a/x.cfg user=x password=only-yours
expect ALLOW ok

# a file that names nobody leaves nobody to judge
request target=/shared.cfg user=x password=for-all
expect DENY no-subject
request target=/shared.cfg
expect DENY no-subject

# without credentials everybody is asked for them: known, unknown, disabled, of another group
request target=/0004f282e824.cfg
expect CHALLENGE credentials-missing
request target=/0004f2000008.cfg
expect CHALLENGE credentials-missing
request target=/0004f2000009.cfg
expect CHALLENGE credentials-missing
request target=/0004f2000003.cfg
expect CHALLENGE credentials-missing
request target=/acme/0004a11a1a1a.cfg
expect CHALLENGE credentials-missing
request target=/acme/0004f2000008.cfg
expect CHALLENGE credentials-missing
request target=/0004f2000008.cfg method=PUT
expect CHALLENGE credentials-missing
request target=/boot/0004f2000008.cfg
expect CHALLENGE credentials-missing

# with wrong ones everybody is denied
request target=/0004f282e824.cfg user=x password=wrong
expect DENY credentials-wrong
request target=/0004f2000008.cfg user=x password=wrong
expect DENY device-unknown
request target=/0004f2000003.cfg user=x password=wrong
expect DENY device-disabled

# what the list says holds for the right ones, too
request target=/0004f2000003.cfg user=x password=once-mine
expect DENY device-disabled
request target=/0004f2000009.cfg user=x password=of-nobody
expect DENY device-unknown
request target=/acme/0004a11a1a1a.cfg user=x password=only-yours
expect DENY group-not-allowed

# what the policy alone says is no secret, and no reason to ask for a password
request target=/secret/x
expect DENY class-denied
request target=/secrets/0004f282e824.cfg
expect DENY class-denied
request target=/secrets/0004f282e824.cfg user=x password=only-mine
expect DENY class-denied
request target=/other
expect DENY path-unmatched
request target=/000000000000.cfg
expect DENY path-unmatched
request target=/0004f282e824.cfg;x
expect DENY path-parameter

# a certificate is not looked at, good or bad
request target=/0004f282e824.cfg cert=phones/phone-a.der
expect CHALLENGE credentials-missing
request target=/0004f282e824.cfg cert=phones/phone-b.der user=x password=only-mine
expect ALLOW ok
