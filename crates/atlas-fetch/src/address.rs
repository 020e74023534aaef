//! Which addresses are on the public Internet, by our own table of the IANA special-purpose registries.
//!
//! Invariant: whatever is not plainly global unicast is special. IPv6 is judged the other way round: only `2000::/3`
//! is global, and of that the special blocks are taken out, so every way to write an IPv4 address inside an IPv6 one
//! (mapped, compatible, translated, 6to4, Teredo) is special without looking inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

const fn v4(a: u8, b: u8, c: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), prefix)
}
const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// IANA IPv4 Special-Purpose Address Registry, with multicast and the reserved rest.
const V4: &[(Ipv4Net, &str)] = &[
    (v4(0, 0, 0, 8), "\"this network\""),
    (v4(10, 0, 0, 8), "private"),
    (v4(100, 64, 0, 10), "shared (carrier-grade NAT)"),
    (v4(127, 0, 0, 8), "loopback"),
    (v4(169, 254, 0, 16), "link-local"),
    (v4(172, 16, 0, 12), "private"),
    (v4(192, 0, 0, 24), "reserved for protocols"),
    (v4(192, 0, 2, 24), "documentation"),
    (v4(192, 31, 196, 24), "AS112"),
    (v4(192, 52, 193, 24), "AMT"),
    (v4(192, 88, 99, 24), "6to4 relay"),
    (v4(192, 168, 0, 16), "private"),
    (v4(192, 175, 48, 24), "AS112"),
    (v4(198, 18, 0, 15), "benchmarking"),
    (v4(198, 51, 100, 24), "documentation"),
    (v4(203, 0, 113, 24), "documentation"),
    (v4(224, 0, 0, 4), "multicast"),
    (v4(240, 0, 0, 4), "reserved"),
];

const V6_GLOBAL: Ipv6Net = v6(0x2000, 0, 0, 3);

/// The special blocks inside global unicast (IANA IPv6 Special-Purpose Address Registry).
const V6_INSIDE: &[(Ipv6Net, &str)] = &[
    (v6(0x2001, 0, 0, 32), "Teredo"),
    (v6(0x2001, 0, 0, 23), "reserved for protocols"),
    (v6(0x2001, 0x0db8, 0, 32), "documentation"),
    (v6(0x2002, 0, 0, 16), "6to4"),
    (v6(0x2620, 0x004f, 0x8000, 48), "AS112"),
    (v6(0x3fff, 0, 0, 20), "documentation"),
];

/// The best-known blocks outside global unicast, for the wording alone.
const V6_OUTSIDE: &[(Ipv6Net, &str)] = &[
    (v6(0x0064, 0xff9b, 0, 96), "NAT64"),
    (v6(0x0064, 0xff9b, 1, 48), "NAT64"),
    (v6(0x0100, 0, 0, 64), "discard-only"),
    (v6(0xfc00, 0, 0, 7), "unique local"),
    (v6(0xfe80, 0, 0, 10), "link-local"),
    (v6(0xff00, 0, 0, 8), "multicast"),
];

/// What an address is reserved for, in a word or two; `None` if it is an ordinary public address.
pub fn special_purpose(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => V4
            .iter()
            .find(|(block, _)| block.contains(&address))
            .map(|(_, purpose)| *purpose),
        IpAddr::V6(address) => {
            let inside = |blocks: &'static [(Ipv6Net, &'static str)]| {
                let found = blocks.iter().find(|(block, _)| block.contains(&address));
                found.map(|(_, purpose)| *purpose)
            };
            if V6_GLOBAL.contains(&address) {
                inside(V6_INSIDE)
            } else if address.is_loopback() {
                Some("loopback")
            } else if address.to_ipv4_mapped().is_some() {
                Some("IPv4-mapped")
            } else {
                Some(inside(V6_OUTSIDE).unwrap_or("reserved"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::special_purpose;

    #[test]
    fn the_edges_of_every_block_are_where_the_registry_has_them() {
        let special = [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.0.0",
            "169.254.169.254",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.0",
            "192.0.0.255",
            "192.0.2.1",
            "192.31.196.1",
            "192.52.193.1",
            "192.88.99.1",
            "192.168.0.0",
            "192.168.255.255",
            "192.175.48.1",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::ffff:0:127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:1ff:ffff::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:808:808::1",
            "2620:4f:8000::1",
            "3fff::1",
            "3fff:fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fdff::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
        ];
        for text in special {
            assert!(special_purpose(text.parse().unwrap()).is_some(), "{text}");
        }
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2000::1",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2003::1",
            "2606:4700:4700::1111",
            "2a00::1",
            "3ffe:ffff::1",
        ];
        for text in public {
            assert_eq!(special_purpose(text.parse().unwrap()), None, "{text}");
        }
    }
}
