//! Which addresses are not public hosts, and what they are called.
//!
//! The tables follow the IANA registries of special-purpose addresses
//! (<https://www.iana.org/assignments/iana-ipv4-special-registry>, <https://www.iana.org/assignments/iana-ipv6-special-registry>).
//! Of IPv6 only `2000::/3` is given out to hosts, so everything else is special, named or not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Network, prefix length, name.
type Range4 = (Ipv4Addr, u8, &'static str);
/// Network, prefix length, name.
type Range6 = (Ipv6Addr, u8, &'static str);

const fn v4(a: u8, b: u8, c: u8, d: u8) -> Ipv4Addr {
    Ipv4Addr::new(a, b, c, d)
}

const fn v6(a: u16, b: u16, c: u16) -> Ipv6Addr {
    Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)
}

const SPECIAL_V4: &[Range4] = &[
    (v4(0, 0, 0, 0), 8, "a \"this network\" address"),
    (v4(10, 0, 0, 0), 8, "a private address"),
    (v4(100, 64, 0, 0), 10, "a carrier-grade NAT address"),
    (v4(127, 0, 0, 0), 8, "a loopback address"),
    (v4(169, 254, 0, 0), 16, "a link-local address"),
    (v4(172, 16, 0, 0), 12, "a private address"),
    (v4(192, 0, 0, 0), 24, "an address of protocol assignments"),
    (v4(192, 0, 2, 0), 24, "a documentation address"),
    (v4(192, 31, 196, 0), 24, "an AS112 address"),
    (v4(192, 52, 193, 0), 24, "a multicast tunnel address"),
    (v4(192, 88, 99, 0), 24, "a 6to4 relay address"),
    (v4(192, 168, 0, 0), 16, "a private address"),
    (v4(192, 175, 48, 0), 24, "an AS112 address"),
    (v4(198, 18, 0, 0), 15, "a benchmarking address"),
    (v4(198, 51, 100, 0), 24, "a documentation address"),
    (v4(203, 0, 113, 0), 24, "a documentation address"),
    (v4(224, 0, 0, 0), 4, "a multicast address"),
    (v4(240, 0, 0, 0), 4, "a reserved address"),
];

/// Ordered: the first that contains the address names it.
const SPECIAL_V6: &[Range6] = &[
    (Ipv6Addr::LOCALHOST, 128, "a loopback address"),
    (Ipv6Addr::UNSPECIFIED, 128, "the unspecified address"),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, "an IPv4-mapped address"),
    (Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96, "an IPv4-translated address"),
    (Ipv6Addr::UNSPECIFIED, 96, "an IPv4-compatible address"),
    (v6(0x64, 0xff9b, 0), 96, "a NAT64 address"),
    (v6(0x64, 0xff9b, 1), 48, "a local NAT64 address"),
    (v6(0x100, 0, 0), 64, "a discard-only address"),
    (v6(0x2001, 0, 0), 32, "a Teredo address"),
    (v6(0x2001, 2, 0), 48, "a benchmarking address"),
    (v6(0x2001, 0, 0), 23, "an address of protocol assignments"),
    (v6(0x2001, 0xdb8, 0), 32, "a documentation address"),
    (v6(0x2002, 0, 0), 16, "a 6to4 address"),
    (v6(0x2620, 0x4f, 0x8000), 48, "an AS112 address"),
    (v6(0x3fff, 0, 0), 20, "a documentation address"),
    (v6(0x5f00, 0, 0), 16, "a segment routing address"),
    (v6(0xfc00, 0, 0), 7, "a private address"),
    (v6(0xfe80, 0, 0), 10, "a link-local address"),
    (v6(0xfec0, 0, 0), 10, "a site-local address"),
    (v6(0xff00, 0, 0), 8, "a multicast address"),
];

const fn mask4(bits: u8) -> u32 {
    u32::MAX << (32 - bits)
}

const fn mask6(bits: u8) -> u128 {
    u128::MAX << (128 - bits)
}

/// What a special address is called, with its article; `None` for a public host.
pub fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    let bits = address.to_bits();
    SPECIAL_V4.iter().find(|(network, prefix, _)| bits & mask4(*prefix) == network.to_bits()).map(|range| range.2)
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    let bits = address.to_bits();
    let named = SPECIAL_V6.iter().find(|(network, prefix, _)| bits & mask6(*prefix) == network.to_bits());
    match named {
        Some(range) => Some(range.2),
        None if bits >> 125 == 0b001 => None,
        None => Some("an address that no public host has"),
    }
}

/// The IPv4 address that an IPv6 address carries: mapped, translated, compatible, NAT64, 6to4 (its first bits) and Teredo (the client's, inverted).
pub fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = address.to_bits();
    let low = Ipv4Addr::from_bits(bits as u32);
    let is_in = |network: Ipv6Addr, prefix: u8| bits & mask6(prefix) == network.to_bits();
    if is_in(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96)
        || is_in(Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96)
        || is_in(v6(0x64, 0xff9b, 0), 96)
        || is_in(v6(0x64, 0xff9b, 1), 48)
    {
        return Some(low);
    }
    if is_in(v6(0x2002, 0, 0), 16) {
        return Some(Ipv4Addr::from_bits((bits >> 80) as u32));
    }
    if is_in(v6(0x2001, 0, 0), 32) {
        return Some(Ipv4Addr::from_bits(!(bits as u32)));
    }
    let is_compatible = is_in(Ipv6Addr::UNSPECIFIED, 96) && bits > 1;
    is_compatible.then_some(low)
}
