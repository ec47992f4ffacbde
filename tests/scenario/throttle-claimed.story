# Devices that are only claimed: known and unknown ones are throttled alike; a site behind one address is no guesser; a common password cannot be guessed by claiming many devices. (T52, T75, T79)
config
realm provisioning {
    peers uid:0
    identity poly from path
    stack {
        requisite throttle tries 3 wait 60s realm-tries 40
        required acl
        required owner
        required password
    }
    path "/{mac}.cfg" class device
    path "/shared/{mac}.cfg" class shared
}
realm behind {
    peers uid:0
    identity poly from path
    stack {
        required acl
        required owner
        requisite throttle tries 3 wait 60s
        required password
    }
    path "/{mac}.cfg" class device
}
end
clock 2026-01-15T00:00:00Z
device 0004f282e824
slot device 0004f282e824 own only-mine
slot realm provisioning common for-all

# a known and an unknown device: the same answers but for the reason, which the client does not see
request target=/0004f282e824.cfg source=198.51.100.1 user=x password=a0
expect DENY credentials-wrong
request target=/0004f282e824.cfg source=198.51.100.1 user=x password=a1
expect DENY credentials-wrong
request target=/0004f282e824.cfg source=198.51.100.1 user=x password=a2
expect DENY credentials-wrong
request target=/0004f282e824.cfg source=198.51.100.1 user=x password=a3
expect DENY throttled retry=60
request target=/0004f2000009.cfg source=198.51.100.1 user=x password=a0
expect DENY device-unknown
request target=/0004f2000009.cfg source=198.51.100.1 user=x password=a1
expect DENY device-unknown
request target=/0004f2000009.cfg source=198.51.100.1 user=x password=a2
expect DENY device-unknown
request target=/0004f2000009.cfg source=198.51.100.1 user=x password=a3
expect DENY throttled retry=60
# also where the list has denied before: the client is told to wait either way
request realm=behind target=/0004f282e824.cfg source=198.51.100.1 user=x password=a0
expect DENY credentials-wrong
request realm=behind target=/0004f282e824.cfg source=198.51.100.1 user=x password=a1
expect DENY credentials-wrong
request realm=behind target=/0004f282e824.cfg source=198.51.100.1 user=x password=a2
expect DENY credentials-wrong
request realm=behind target=/0004f282e824.cfg source=198.51.100.1 user=x password=a3
expect DENY throttled retry=60
request realm=behind target=/0004f2000009.cfg source=198.51.100.1 user=x password=a0
expect DENY device-unknown
request realm=behind target=/0004f2000009.cfg source=198.51.100.1 user=x password=a1
expect DENY device-unknown
request realm=behind target=/0004f2000009.cfg source=198.51.100.1 user=x password=a2
expect DENY device-unknown
request realm=behind target=/0004f2000009.cfg source=198.51.100.1 user=x password=a3
expect DENY device-unknown retry=60
# thirty phones behind one address with one old password each, all of them twice
request target=/0004f2001000.cfg source=203.0.113.1 user=x password=old-0
expect DENY device-unknown
request target=/0004f2001000.cfg source=203.0.113.1 user=x password=old-0
expect DENY device-unknown
request target=/0004f2001001.cfg source=203.0.113.1 user=x password=old-1
expect DENY device-unknown
request target=/0004f2001001.cfg source=203.0.113.1 user=x password=old-1
expect DENY device-unknown
request target=/0004f2001002.cfg source=203.0.113.1 user=x password=old-2
expect DENY device-unknown
request target=/0004f2001002.cfg source=203.0.113.1 user=x password=old-2
expect DENY device-unknown
request target=/0004f2001003.cfg source=203.0.113.1 user=x password=old-3
expect DENY device-unknown
request target=/0004f2001003.cfg source=203.0.113.1 user=x password=old-3
expect DENY device-unknown
request target=/0004f2001004.cfg source=203.0.113.1 user=x password=old-4
expect DENY device-unknown
request target=/0004f2001004.cfg source=203.0.113.1 user=x password=old-4
expect DENY device-unknown
request target=/0004f2001005.cfg source=203.0.113.1 user=x password=old-5
expect DENY device-unknown
request target=/0004f2001005.cfg source=203.0.113.1 user=x password=old-5
expect DENY device-unknown
request target=/0004f2001006.cfg source=203.0.113.1 user=x password=old-6
expect DENY device-unknown
request target=/0004f2001006.cfg source=203.0.113.1 user=x password=old-6
expect DENY device-unknown
request target=/0004f2001007.cfg source=203.0.113.1 user=x password=old-7
expect DENY device-unknown
request target=/0004f2001007.cfg source=203.0.113.1 user=x password=old-7
expect DENY device-unknown
request target=/0004f2001008.cfg source=203.0.113.1 user=x password=old-8
expect DENY device-unknown
request target=/0004f2001008.cfg source=203.0.113.1 user=x password=old-8
expect DENY device-unknown
request target=/0004f2001009.cfg source=203.0.113.1 user=x password=old-9
expect DENY device-unknown
request target=/0004f2001009.cfg source=203.0.113.1 user=x password=old-9
expect DENY device-unknown
request target=/0004f2001010.cfg source=203.0.113.1 user=x password=old-10
expect DENY device-unknown
request target=/0004f2001010.cfg source=203.0.113.1 user=x password=old-10
expect DENY device-unknown
request target=/0004f2001011.cfg source=203.0.113.1 user=x password=old-11
expect DENY device-unknown
request target=/0004f2001011.cfg source=203.0.113.1 user=x password=old-11
expect DENY device-unknown
request target=/0004f2001012.cfg source=203.0.113.1 user=x password=old-12
expect DENY device-unknown
request target=/0004f2001012.cfg source=203.0.113.1 user=x password=old-12
expect DENY device-unknown
request target=/0004f2001013.cfg source=203.0.113.1 user=x password=old-13
expect DENY device-unknown
request target=/0004f2001013.cfg source=203.0.113.1 user=x password=old-13
expect DENY device-unknown
request target=/0004f2001014.cfg source=203.0.113.1 user=x password=old-14
expect DENY device-unknown
request target=/0004f2001014.cfg source=203.0.113.1 user=x password=old-14
expect DENY device-unknown
request target=/0004f2001015.cfg source=203.0.113.1 user=x password=old-15
expect DENY device-unknown
request target=/0004f2001015.cfg source=203.0.113.1 user=x password=old-15
expect DENY device-unknown
request target=/0004f2001016.cfg source=203.0.113.1 user=x password=old-16
expect DENY device-unknown
request target=/0004f2001016.cfg source=203.0.113.1 user=x password=old-16
expect DENY device-unknown
request target=/0004f2001017.cfg source=203.0.113.1 user=x password=old-17
expect DENY device-unknown
request target=/0004f2001017.cfg source=203.0.113.1 user=x password=old-17
expect DENY device-unknown
request target=/0004f2001018.cfg source=203.0.113.1 user=x password=old-18
expect DENY device-unknown
request target=/0004f2001018.cfg source=203.0.113.1 user=x password=old-18
expect DENY device-unknown
request target=/0004f2001019.cfg source=203.0.113.1 user=x password=old-19
expect DENY device-unknown
request target=/0004f2001019.cfg source=203.0.113.1 user=x password=old-19
expect DENY device-unknown
request target=/0004f2001020.cfg source=203.0.113.1 user=x password=old-20
expect DENY device-unknown
request target=/0004f2001020.cfg source=203.0.113.1 user=x password=old-20
expect DENY device-unknown
request target=/0004f2001021.cfg source=203.0.113.1 user=x password=old-21
expect DENY device-unknown
request target=/0004f2001021.cfg source=203.0.113.1 user=x password=old-21
expect DENY device-unknown
request target=/0004f2001022.cfg source=203.0.113.1 user=x password=old-22
expect DENY device-unknown
request target=/0004f2001022.cfg source=203.0.113.1 user=x password=old-22
expect DENY device-unknown
request target=/0004f2001023.cfg source=203.0.113.1 user=x password=old-23
expect DENY device-unknown
request target=/0004f2001023.cfg source=203.0.113.1 user=x password=old-23
expect DENY device-unknown
request target=/0004f2001024.cfg source=203.0.113.1 user=x password=old-24
expect DENY device-unknown
request target=/0004f2001024.cfg source=203.0.113.1 user=x password=old-24
expect DENY device-unknown
request target=/0004f2001025.cfg source=203.0.113.1 user=x password=old-25
expect DENY device-unknown
request target=/0004f2001025.cfg source=203.0.113.1 user=x password=old-25
expect DENY device-unknown
request target=/0004f2001026.cfg source=203.0.113.1 user=x password=old-26
expect DENY device-unknown
request target=/0004f2001026.cfg source=203.0.113.1 user=x password=old-26
expect DENY device-unknown
request target=/0004f2001027.cfg source=203.0.113.1 user=x password=old-27
expect DENY device-unknown
request target=/0004f2001027.cfg source=203.0.113.1 user=x password=old-27
expect DENY device-unknown
request target=/0004f2001028.cfg source=203.0.113.1 user=x password=old-28
expect DENY device-unknown
request target=/0004f2001028.cfg source=203.0.113.1 user=x password=old-28
expect DENY device-unknown
request target=/0004f2001029.cfg source=203.0.113.1 user=x password=old-29
expect DENY device-unknown
request target=/0004f2001029.cfg source=203.0.113.1 user=x password=old-29
expect DENY device-unknown
# and a hundred with the same one
request target=/0004f2002000.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002001.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002002.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002003.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002004.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002005.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002006.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002007.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002008.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002009.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002010.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002011.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002012.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002013.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002014.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002015.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002016.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002017.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002018.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002019.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002020.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002021.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002022.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002023.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002024.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002025.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002026.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002027.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002028.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002029.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002030.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002031.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002032.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002033.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002034.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002035.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002036.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002037.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002038.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002039.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002040.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002041.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002042.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002043.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002044.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002045.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002046.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002047.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002048.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002049.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002050.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002051.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002052.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002053.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002054.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002055.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002056.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002057.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002058.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002059.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002060.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002061.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002062.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002063.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002064.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002065.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002066.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002067.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002068.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002069.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002070.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002071.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002072.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002073.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002074.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002075.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002076.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002077.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002078.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002079.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002080.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002081.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002082.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002083.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002084.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002085.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002086.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002087.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002088.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002089.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002090.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002091.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002092.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002093.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002094.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002095.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002096.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002097.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002098.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
request target=/0004f2002099.cfg source=203.0.113.1 user=x password=old
expect DENY device-unknown
device 0004f2001007
slot device 0004f2001007 own new-7
request target=/0004f2001007.cfg source=203.0.113.1 user=x password=new-7
expect ALLOW ok
# who guesses the common password by claiming one device after the other
request target=/shared/0004f2003000.cfg source=203.0.113.9 user=x password=b0
expect DENY device-unknown
request target=/shared/0004f2003001.cfg source=203.0.113.9 user=x password=b1
expect DENY device-unknown
request target=/shared/0004f2003002.cfg source=203.0.113.9 user=x password=b2
expect DENY device-unknown
request target=/shared/0004f2003003.cfg source=203.0.113.9 user=x password=b3
expect DENY device-unknown
request target=/shared/0004f2003004.cfg source=203.0.113.9 user=x password=b4
expect DENY device-unknown
request target=/shared/0004f2003005.cfg source=203.0.113.9 user=x password=b5
expect DENY device-unknown
request target=/shared/0004f2003006.cfg source=203.0.113.9 user=x password=b6
expect DENY device-unknown
request target=/shared/0004f2003007.cfg source=203.0.113.9 user=x password=b7
expect DENY device-unknown
request target=/shared/0004f2003008.cfg source=203.0.113.9 user=x password=b8
expect DENY device-unknown
request target=/shared/0004f2004000.cfg source=203.0.113.10 user=x password=b99
expect DENY throttled retry=60
# the phone that was there before passes
request target=/0004f2001007.cfg source=203.0.113.1 user=x password=new-7
expect ALLOW ok
