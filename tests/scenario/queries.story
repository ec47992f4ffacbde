# A web server below a prefix, that rewrites names to a script: a phone gets what is made for it alone. (T42, T44, T50)
config
realm provisioning {
    peers uid:0
    identity poly from certificate
    stack {
        requisite chain
        required acl
        required owner
    }
    prefix "/prov" served "/"
    path "/{mac}.cfg" class device
    path "/{mac}-list.cfg" class device
    path "/index.php" class device query "mac={mac}" "file=*"
    path "/list.php" class device groups blue query "mac={mac}"
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

request cert=phones/phone-a.der target=/prov/0004f282e824.cfg
expect ALLOW ok
request cert=phones/phone-a.der target=/prov/0004f282e824.cfg served=/index.php served-query=mac=0004f282e824&file={%24mac}.cfg
expect ALLOW ok
request cert=phones/phone-a.der target=/prov/index.php?mac=0004F282E824&file=a%20b
expect ALLOW ok

# the script would make another's file
request cert=phones/phone-a.der target=/prov/0004f282e824.cfg served=/index.php served-query=mac=0004a11a1a1a
expect DENY path-mismatch
request cert=phones/phone-a.der target=/prov/0004f282e824.cfg served=/index.php served-query=mac=0004f282e824&mac=0004a11a1a1a
expect DENY path-query
request cert=phones/phone-a.der target=/prov/0004f282e824.cfg served=/index.php served-query=mac=0004f282e824&file=0004a11a1a1a.cfg
expect DENY path-mismatch
request cert=phones/phone-a.der target=/prov/0004f282e824.cfg served=/index.php
expect DENY path-query
request cert=phones/phone-a.der target=/prov/0004f282e824.cfg served-query=mac=0004f282e824
expect DENY path-query
request cert=phones/phone-a.der target=/prov/index.php?mac=0004a11a1a1a
expect DENY not-owner
request cert=phones/phone-a.der target=/prov/index.php?mac=0004f282e824&mac=0004a11a1a1a
expect DENY path-query
request cert=phones/phone-a.der target=/prov/index.php?mac=0004f282e824&ma%63=0004a11a1a1a
expect DENY path-query
request cert=phones/phone-a.der target=/prov/index.php?mac=0004f282e824&file=0004a11a1a1a.cfg
expect DENY path-foreign-mac
request cert=phones/phone-a.der target=/prov/index.php?file=x
expect DENY path-query
request cert=phones/phone-a.der target=/prov/0004f282e824.cfg?mac=0004f282e824
expect DENY path-query
request cert=phones/phone-a.der target=/prov/0004f282e824.cfg?
expect ALLOW ok

# groups of the rule for what is served hold, too
request cert=phones/phone-b.der target=/prov/0004a11a1a1a-list.cfg served=/list.php served-query=mac=0004a11a1a1a
expect ALLOW ok
request cert=phones/phone-a.der target=/prov/0004f282e824-list.cfg served=/list.php served-query=mac=0004f282e824
expect DENY group-not-allowed

# beside the prefix
request cert=phones/phone-a.der target=/0004f282e824.cfg
expect DENY path-prefix
request cert=phones/phone-a.der target=/prov0004f282e824.cfg
expect DENY path-prefix
request cert=phones/phone-a.der target=/PROV/0004f282e824.cfg
expect DENY path-prefix
request cert=phones/phone-a.der target=/prov/firmware/a.ld served=/prov/firmware/a.ld
expect DENY path-mismatch
request cert=phones/phone-a.der target=/prov/firmware/a.ld served=/firmware/a.ld
expect ALLOW ok
