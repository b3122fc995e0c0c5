//! Network addresses: IP, prefix by prefix, and MAC.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::keys::{Domain, Turn, Way};
use crate::stand::digits;

/// An IP address, perhaps with a netmask or a port, both kept. Addresses sharing a prefix share it
/// still (Crypto-PAn). Private, loopback and unspecified ones say nothing and stay.
pub(crate) fn ip(turn: Turn<'_>, text: &str) -> String {
    let (host, mask) = text
        .split_once('/')
        .map_or((text, None), |(host, mask)| (host, Some(mask)));
    let masked = |host: IpAddr| match mask.and_then(|mask| mask.parse::<u8>().ok()) {
        None => address(turn, host).to_string(),
        Some(bits) => format!("{}/{bits}", address(turn, host)),
    };
    if let Ok(host) = host.parse::<IpAddr>() {
        return masked(host);
    }
    if let Ok(socket) = text.parse::<std::net::SocketAddr>() {
        return std::net::SocketAddr::new(address(turn, socket.ip()), socket.port()).to_string();
    }
    digits::identifier(turn.of(Domain::Ip), "other", text)
}

/// A network (`cidr`): as [`ip`], the bits beyond the mask zero as they must be.
pub(crate) fn network(turn: Turn<'_>, text: &str) -> Option<String> {
    let (host, bits) = text.split_once('/')?;
    let bits: u32 = bits.parse().ok()?;
    let host: IpAddr = host.parse().ok()?;
    let most = if host.is_ipv4() { 32 } else { 128 };
    let shown = (bits <= most).then(|| leading(turn, host, bits))?;
    Some(format!("{shown}/{bits}"))
}

fn address(turn: Turn<'_>, host: IpAddr) -> IpAddr {
    leading(turn, host, 128)
}

/// The address whose leading bits stand in for the host's, the rest as they are.
fn leading(turn: Turn<'_>, host: IpAddr, width: u32) -> IpAddr {
    if let IpAddr::V6(six) = host
        && let Some(four) = six.to_ipv4_mapped()
        && let IpAddr::V4(shown) = leading(turn, four.into(), width.saturating_sub(96))
    {
        return shown.to_ipv6_mapped().into();
    }
    if is_local(host) {
        return host;
    }
    let mut shown = host;
    // Again until it is no local address: those keep their own. The odds of one are below 1 in 20.
    for _ in 0..64 {
        shown = match shown {
            IpAddr::V4(host) => {
                let bits = u128::from(u32::from(host)) << 96;
                let bits = turn.of(Domain::Ip4).prefix(bits, width.min(32));
                Ipv4Addr::from(u32::try_from(bits >> 96).unwrap_or(0)).into()
            }
            IpAddr::V6(host) => {
                Ipv6Addr::from(turn.of(Domain::Ip6).prefix(u128::from(host), width)).into()
            }
        };
        if !is_local(shown) {
            break;
        }
    }
    shown
}

fn is_local(host: IpAddr) -> bool {
    match host {
        IpAddr::V4(host) => {
            host.is_private() || host.is_loopback() || host.is_unspecified() || host.is_link_local()
        }
        IpAddr::V6(host) => {
            host.is_loopback()
                || host.is_unspecified()
                || host.is_unique_local()
                || host.is_unicast_link_local()
                || host.to_ipv4_mapped().is_some()
        }
    }
}

/// A MAC address: a locally administered one; separators and case stay. A device's own address
/// becomes one of the unicast ones, one that was local already one of the others, so that the two
/// never meet and both can be undone. Group addresses are nobody's and are not undone.
pub(crate) fn mac(turn: Turn<'_>, text: &str) -> String {
    let key = turn.of(Domain::Mac);
    let nibbles: Vec<u8> = text
        .chars()
        .filter_map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let is_other = |c: char| c.is_alphanumeric() && !c.is_ascii_hexdigit();
    if nibbles.len() != 12 || text.chars().any(is_other) {
        return digits::identifier(key, "other", text);
    }
    let all = nibbles
        .iter()
        .fold(0_u128, |all, nibble| (all << 4) | u128::from(*nibble));
    // The two low bits of the first byte are the local and the group bit: the rest is permuted.
    let free = ((all >> 42) << 40) | (all & 0xff_ffff_ffff);
    let flags = all >> 40 & 3;
    let (tweak, flags) = match (turn.way, flags) {
        (Way::Find, 2) => (0, 0),
        (Way::Find, _) => (2, 2),
        (Way::Hide, 0 | 1) => (flags, 2),
        (Way::Hide, _) => (flags, 3),
    };
    let tweak = [u8::try_from(tweak).unwrap_or(0)];
    let free = key.below(&tweak, free, 1 << 46);
    let all = ((free >> 40) << 42) | (flags << 40) | (free & 0xff_ffff_ffff);
    let is_upper = text.chars().any(|c| c.is_ascii_uppercase());
    let shown = if is_upper {
        format!("{all:012X}")
    } else {
        format!("{all:012x}")
    };
    let mut shown = shown.chars();
    let put = |c: char| {
        if c.is_ascii_hexdigit() {
            shown.next().unwrap_or('0')
        } else {
            c
        }
    };
    text.chars().map(put).collect()
}
