//! Where a call may go: public addresses only, since a site's URL is what a customer typed. Pure.
//! Not the look-up of a name: dial.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether a site can be at this address. `loopback` is for rehearsals on one machine.
pub(crate) fn is_allowed(address: IpAddr, loopback: bool) -> bool {
    let address = address.to_canonical();
    (loopback && address.is_loopback())
        || match address {
            IpAddr::V4(address) => is_public_v4(address),
            IpAddr::V6(address) => is_public_v6(address),
        }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_shared = first == 100 && (64..128).contains(&second); // RFC 6598
    let is_benchmark = first == 198 && (18..20).contains(&second); // RFC 2544
    let is_protocol = (first, second, third) == (192, 0, 0); // RFC 6890
    let is_relay = (first, second, third) == (192, 88, 99); // RFC 7526
    !(first == 0
        || first >= 240
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || is_shared
        || is_benchmark
        || is_protocol
        || is_relay)
}

/// Of IPv6 only what is given out to the world (2000::/3), without the parts that hold something else.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_global = first & 0xe000 == 0x2000;
    let is_tunnel = first == 0x2002 || (first == 0x2001 && second < 0x0200); // 6to4, Teredo, ORCHID, …
    let is_documentation = (first == 0x2001 && second == 0x0db8) || first & 0xfff0 == 0x3ff0;
    is_global && !is_tunnel && !is_documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(address: &str, loopback: bool) -> bool {
        is_allowed(address.parse().unwrap(), loopback)
    }

    #[test]
    fn public_addresses_are_called() {
        for address in ["8.8.8.8", "153.127.0.1", "219.94.128.1", "2401:2500:10a::1", "2606:4700::1111"] {
            assert!(allowed(address, false), "{address}");
        }
    }

    #[test]
    fn private_addresses_are_refused_in_every_disguise() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2002:0a00:0001::1",
            "2001:0:1::1",
            "2001:db8::1",
            "3fff::1",
        ] {
            assert!(!allowed(address, false), "{address}");
        }
    }

    #[test]
    fn a_rehearsal_may_call_loopback_and_nothing_else_that_is_private() {
        assert!(allowed("127.3.2.1", true) && allowed("::1", true) && allowed("::ffff:127.0.0.1", true));
        assert!(!allowed("10.0.0.1", true) && !allowed("169.254.169.254", true));
    }
}
