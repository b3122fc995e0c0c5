//! Whether whoever connected on loopback is a program of this account.
//!
//! Why: a port on 127.0.0.1 is open to every account of the machine, and ours carries an identity.
//! Linux says whose each socket is (`proc_net_tcp(5)`); where nothing says so, nobody gets in.

use std::net::{Ipv4Addr, SocketAddr};

use nix::unistd::Uid;

/// The tables of sockets: a program with IPv6 sockets reaches 127.0.0.1 as a mapped address.
const TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];

/// `Err` says why not.
pub(super) fn is_mine(peer: SocketAddr, here: SocketAddr) -> Result<(), String> {
    let mut tables = Vec::new();
    for path in TABLES {
        tables.extend(std::fs::read_to_string(path));
    }
    if tables.is_empty() {
        return Err("this system does not tell whose a connection is".to_owned());
    }
    let owner = tables
        .iter()
        .find_map(|table| owner(table, peer.port(), here.port()));
    match owner {
        Some(uid) if uid == Uid::effective().as_raw() => Ok(()),
        Some(_) => Err("it carries the identity of the one who opened it".to_owned()),
        None => Err("the connection cannot be found".to_owned()),
    }
}

/// Whose the socket is that goes from one loopback port to another.
fn owner(table: &str, from: u16, to: u16) -> Option<u32> {
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let (local, remote) = (fields.next()?, fields.next()?);
        let is_it = is_loopback(local, from) && is_loopback(remote, to);
        is_it.then(|| fields.nth(4)?.parse().ok()).flatten()
    })
}

/// `0100007F:1538`: the address as the machine keeps it, four bytes at a time, and the port.
fn is_loopback(text: &str, port: u16) -> bool {
    let Some((address, at)) = text.split_once(':') else {
        return false;
    };
    let word = address
        .get(address.len().saturating_sub(8)..)
        .unwrap_or_default();
    let Ok(word) = u32::from_str_radix(word, 16) else {
        return false;
    };
    let is_v4 = address.len() == 8 || address.starts_with("0000000000000000FFFF0000");
    is_v4
        && Ipv4Addr::from(word.to_ne_bytes()) == Ipv4Addr::LOCALHOST
        && u16::from_str_radix(at, 16) == Ok(port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_says_whose_a_socket_is() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap();
        let client = std::net::TcpStream::connect(here).unwrap();
        let peer = client.local_addr().unwrap();
        assert_eq!(is_mine(peer, here), Ok(()));
        drop((client, listener));
        let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        assert!(is_mine(nobody, here).is_err());
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn a_line_is_read_in_both_tables() {
        let v4 = "h\n 0: 0100007F:1538 0100007F:0050 01 0:0 0:0 0 1000 0 5\n";
        assert_eq!(owner(v4, 0x1538, 0x50), Some(1000));
        assert_eq!(owner(v4, 0x50, 0x1538), None);
        let mapped = "0000000000000000FFFF00000100007F";
        let v6 = format!("h\n 0: {mapped}:1538 {mapped}:0050 01 0:0 0:0 0 7 0 5\n");
        assert_eq!(owner(&v6, 0x1538, 0x50), Some(7));
        let other = v4.replace("0100007F:0050", "0200007F:0050");
        assert_eq!(owner(&other, 0x1538, 0x50), None);
    }
}
