# What is remembered of devices: who was allowed or denied, and is proven (T96: strangers leave nothing behind).
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        requisite crl stale grace 72h
        required acl
        required owner
        required password shadow
    }
    path "/{mac}.cfg" class device
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
device 0004f282e824 group=acme
device 0004a11a1a1a
slot realm provisioning 2026a spring-2026

expect-seen 0004f282e824 none

# allowed: with its certificate, and the model that it says
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026 agent=FileTransport\x20PolycomVVX-VVX_500-UA/5.9.7.4477\x20Type/Application
expect ALLOW ok
expect-seen 0004f282e824 count=1 first=2026-01-15T00:00:00Z last=2026-01-15T00:00:00Z realm=provisioning class=device model=VVX_500 firmware=5.9.7.4477 cert=yes denied= would-deny=
clock 2026-01-15T01:00:00Z
request cert=phones/phone-a.der target=/000000000000.cfg user=x password=wrong
expect ALLOW ok would-deny=password
expect-seen 0004f282e824 count=2 first=2026-01-15T00:00:00Z last=2026-01-15T01:00:00Z class=shared model=VVX_500 would-deny=password

# denied, and proven
clock 2026-01-15T02:00:00Z
request cert=phones/phone-a.der target=/0004a11a1a1a.cfg user=x password=spring-2026
expect DENY not-owner
expect-seen 0004f282e824 count=2 last=2026-01-15T01:00:00Z denied=not-owner denied-at=2026-01-15T02:00:00Z claimed=
expect-seen 0004a11a1a1a none

# a self-signed certificate of that name proves nothing: the record has it apart
request cert=phones/selfsigned.der target=/0004f282e824.cfg user=x password=spring-2026
expect DENY chain-self-signed
expect-seen 0004f282e824 count=2 denied=not-owner claimed=chain-self-signed cert=yes
# an unsafe path is denied before anything is proven
request cert=phones/phone-a.der target=/a/../0004f282e824.cfg
expect DENY path-dot-segment
expect-seen 0004f282e824 denied=not-owner claimed=path-dot-segment
# and of a device that was never proven, nothing is kept
request cert=phones/expired.der target=/0004f2000005.cfg user=x password=spring-2026
expect DENY chain-expired
expect-seen 0004f2000005 none

# on the list or not, a proven device that is denied is known
request cert=phones/unknown.der target=/0004f2000006.cfg user=x password=spring-2026
expect DENY device-unknown
expect-seen 0004f2000006 count=0 denied=device-unknown cert=yes
expect-pending 0004f2000006 none

# the same once more within a minute tells nothing; another file, another client, or later does
clock 2026-01-15T04:00:00Z
request cert=phones/phone-a.der target=/000000000000.cfg user=x password=wrong
expect ALLOW ok would-deny=password
expect-seen 0004f282e824 count=3 last=2026-01-15T04:00:00Z class=shared
clock 2026-01-15T04:00:59Z
request cert=phones/phone-a.der target=/000000000000.cfg user=x password=wrong
expect ALLOW ok would-deny=password
expect-seen 0004f282e824 count=3 last=2026-01-15T04:00:00Z
request cert=phones/phone-a.der target=/0004f282e824.cfg user=x password=spring-2026
expect ALLOW ok
expect-seen 0004f282e824 count=4 last=2026-01-15T04:00:59Z class=device
request cert=phones/phone-a.der target=/000000000000.cfg user=x password=wrong agent=FileTransport\x20PolycomVVX-VVX_501-UA/6.4.0\x20Type/Application
expect ALLOW ok would-deny=password
expect-seen 0004f282e824 count=5 model=VVX_501
clock 2026-01-15T04:01:00Z
request cert=phones/phone-a.der target=/000000000000.cfg user=x password=wrong
expect ALLOW ok would-deny=password
expect-seen 0004f282e824 count=6 last=2026-01-15T04:01:00Z
