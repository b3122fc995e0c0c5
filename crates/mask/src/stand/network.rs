//! Network addresses: IP, prefix by prefix, and MAC.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use aes::Aes256;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};

use crate::keys::{Domain, Keys};
use crate::stand::digits;

/// An IP address, perhaps with a netmask or a port, both kept. Addresses sharing a prefix share it
/// still (Crypto-PAn). Private, loopback and unspecified ones say nothing and stay.
pub(crate) fn ip(keys: &Keys, text: &str) -> String {
    let (host, mask) = text
        .split_once('/')
        .map_or((text, None), |(host, mask)| (host, Some(mask)));
    let masked = |host: IpAddr| match mask.and_then(|mask| mask.parse::<u8>().ok()) {
        None => address(keys, host).to_string(),
        Some(bits) => format!("{}/{bits}", address(keys, host)),
    };
    if let Ok(host) = host.parse::<IpAddr>() {
        return masked(host);
    }
    if let Ok(socket) = text.parse::<std::net::SocketAddr>() {
        return std::net::SocketAddr::new(address(keys, socket.ip()), socket.port()).to_string();
    }
    digits::identifier(keys.of(Domain::Ip), "other", text)
}

/// A network (`cidr`): as [`ip`], the bits beyond the mask zero as they must be.
pub(crate) fn network(keys: &Keys, text: &str) -> Option<String> {
    let (host, bits) = text.split_once('/')?;
    let bits: u32 = bits.parse().ok()?;
    Some(match address(keys, host.parse().ok()?) {
        IpAddr::V4(host) => {
            let mask = u32::MAX.checked_shl(32_u32.checked_sub(bits)?).unwrap_or(0);
            format!("{}/{bits}", Ipv4Addr::from(u32::from(host) & mask))
        }
        IpAddr::V6(host) => {
            let mask = u128::MAX
                .checked_shl(128_u32.checked_sub(bits)?)
                .unwrap_or(0);
            format!("{}/{bits}", Ipv6Addr::from(u128::from(host) & mask))
        }
    })
}

fn address(keys: &Keys, host: IpAddr) -> IpAddr {
    if is_local(host) {
        return host;
    }
    let mut shown = host;
    // Again until it is no local address: those keep their own. The odds of one are below 1 in 20.
    for _ in 0..64 {
        shown = match shown {
            IpAddr::V4(host) => {
                let bits = permute(keys, u128::from(u32::from(host)) << 96, 32) >> 96;
                Ipv4Addr::from(u32::try_from(bits).unwrap_or(0)).into()
            }
            IpAddr::V6(host) => Ipv6Addr::from(permute(keys, u128::from(host), 128)).into(),
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

/// Flips each of the leading `width` bits by a key-dependent function of the bits before it.
fn permute(keys: &Keys, bits: u128, width: u32) -> u128 {
    let key = zeroize::Zeroizing::new(keys.of(Domain::Ip).prf("prefix", &width.to_be_bytes()));
    let Ok(cipher) = Aes256::new_from_slice(key.as_slice()) else {
        return 0;
    };
    let flip = |place: u32| {
        let prefix = bits & !(u128::MAX >> place);
        // The place is told by a marker bit after the prefix, so no two prefixes share a block.
        let marked = prefix | (1 << (127 - place));
        let mut block = Array::from(marked.to_be_bytes());
        cipher.encrypt_block(&mut block);
        u128::from(block.first().copied().unwrap_or(0) & 1) << (127 - place)
    };
    (0..width).fold(bits, |shown, place| shown ^ flip(place))
}

/// A MAC address: a locally administered unicast one; separators and case stay.
pub(crate) fn mac(keys: &Keys, text: &str) -> String {
    let key = keys.of(Domain::Mac);
    let nibbles: Vec<u16> = text
        .chars()
        .filter_map(|c| c.to_digit(16).and_then(|digit| u16::try_from(digit).ok()))
        .collect();
    if nibbles.len() != 12
        || text
            .chars()
            .any(|c| c.is_alphanumeric() && !c.is_ascii_hexdigit())
    {
        return digits::identifier(key, "other", text);
    }
    // The two low bits of the first byte are the group and local bits: what is left is permuted.
    let all = nibbles
        .iter()
        .fold(0_u64, |all, nibble| (all << 4) | u64::from(*nibble));
    let free = ((all >> 42) << 40) | (all & 0xff_ffff_ffff);
    let bits: Vec<u16> = (0..46)
        .rev()
        .map(|at| u16::from(free >> at & 1 == 1))
        .collect();
    let flags = [u8::try_from(all >> 40 & 3).unwrap_or(0)];
    let bits = key.permute(&flags, &bits, 2);
    let free = bits
        .iter()
        .fold(0_u64, |free, bit| (free << 1) | u64::from(*bit));
    let all = ((free >> 40) << 42) | (2 << 40) | (free & 0xff_ffff_ffff);
    let mut at = 48;
    let put = |c: char| {
        if !c.is_ascii_hexdigit() {
            return c;
        }
        at -= 4;
        let digit = u32::try_from(all >> at & 15)
            .ok()
            .and_then(|digit| char::from_digit(digit, 16));
        let is_upper = text.chars().any(|c| c.is_ascii_uppercase());
        let digit = digit.unwrap_or('0');
        if is_upper {
            digit.to_ascii_uppercase()
        } else {
            digit
        }
    };
    text.chars().map(put).collect()
}
