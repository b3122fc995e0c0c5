//! `proxy`: a local port that carries my identity, for tools that cannot sign in by themselves.
//!
//! It listens on loopback, and only programs of the same account get in ([`neighbour`]): whoever
//! reaches the port is me. A tool may give any name and no password; its start-up message goes on
//! with my name and the target's, we prove ourselves with the token of now, and from then on bytes
//! pass as they are. A sign-in that has ended is renewed for the next connection.

mod neighbour;
mod sign_in;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::reach::{Named, Way};
use crate::dial::secured;
use crate::exit::{Exit, Stop};
use crate::output::line;
use crate::place::Place;

/// Connections at once.
const MOST: usize = 128;

/// The longest start-up packet, bytes: PostgreSQL's own bound.
const STARTUP_BYTES: usize = 10_000;

const CANCEL: u32 = 80_877_102;
const SSL: u32 = 80_877_103;
const GSS: u32 = 80_877_104;

/// What it takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// The target, or target/database
    target: String,
    /// The port on 127.0.0.1; 0 is any free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    #[command(flatten)]
    named: Named,
}

/// Listens until it is stopped.
pub(crate) async fn run(args: &Args, place: &Place) -> anyhow::Result<Exit> {
    // Who cannot sign in now is told now.
    let way = args.named.way(&args.target, place).await?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await;
    let listener = listener.map_err(|fault| {
        let hint = "choose another --port; 0 is any free one";
        Stop::failed(
            format!("cannot listen on port {}: {fault}", args.port),
            hint,
        )
    })?;
    let here = listener.local_addr()?;
    line(&format!("postgres://{here}/{} as {}", way.target, way.user))?;
    let shared = Arc::new((args.clone(), place.clone()));
    let room = Arc::new(Semaphore::new(MOST));
    loop {
        let (tool, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(fault) => {
                eprintln!("a connection could not be taken: {fault}");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(seat) = room.clone().try_acquire_owned() else {
            eprintln!("{MOST} connections are open already: one more was turned away");
            continue;
        };
        let shared = shared.clone();
        tokio::spawn(async move {
            if let Err(fault) = serve(tool, (peer, here), &shared.0, &shared.1).await {
                eprintln!("{peer}: {fault:#}");
            }
            drop(seat);
        });
    }
}

async fn serve(
    mut tool: TcpStream,
    (peer, here): (SocketAddr, SocketAddr),
    args: &Args,
    place: &Place,
) -> anyhow::Result<()> {
    if let Err(why) = neighbour::is_mine(peer, here) {
        let said = format!("this port is another account's: {why}");
        tool.write_all(&fatal("28000", &said)).await?;
        return Ok(());
    }
    tool.set_nodelay(true)?;
    let (code, packet) = first(&mut tool).await?;
    let way = match args.named.way(&args.target, place).await {
        Ok(way) => way,
        Err(fault) => {
            tool.write_all(&fatal("28000", &fault.to_string())).await?;
            return Err(fault);
        }
    };
    let socket = TcpStream::connect((way.host.as_str(), way.port)).await;
    let socket = match socket {
        Ok(socket) => socket,
        Err(fault) => {
            let said = format!("the gateway at {}:{} cannot be reached", way.host, way.port);
            tool.write_all(&fatal("08001", &said)).await?;
            return Err(fault.into());
        }
    };
    socket.set_nodelay(true)?;
    let mut gateway = secured(&way.host, socket).await?;
    if code == CANCEL {
        gateway.write_all(&packet).await?;
        gateway.shutdown().await?;
        return Ok(());
    }
    gateway.write_all(&renamed(&packet, &way)?).await?;
    if sign_in::prove(&mut tool, &mut gateway, &way).await? {
        let _ = copy_bidirectional(&mut tool, &mut gateway).await;
    }
    Ok(())
}

/// The tool's start-up or cancel packet: what it asks before, about encryption, is declined.
async fn first(tool: &mut TcpStream) -> anyhow::Result<(u32, Vec<u8>)> {
    loop {
        let length = tool.read_u32().await?;
        let most = usize::try_from(length).unwrap_or(usize::MAX);
        anyhow::ensure!((8..=STARTUP_BYTES).contains(&most), "no start-up packet");
        let mut packet = vec![0; most];
        let (head, body) = packet.split_at_mut(4);
        head.copy_from_slice(&length.to_be_bytes());
        tool.read_exact(body).await?;
        let code = body
            .first_chunk()
            .map_or(0, |code| u32::from_be_bytes(*code));
        match code {
            SSL | GSS => tool.write_all(b"N").await?,
            _ => return Ok((code, packet)),
        }
    }
}

/// The same start-up packet with my name and the target's in it.
fn renamed(packet: &[u8], way: &Way) -> anyhow::Result<Vec<u8>> {
    let (head, rest) = packet.split_at_checked(8).context("no start-up packet")?;
    let mut body = head.get(4..).unwrap_or_default().to_vec();
    let mut texts = rest.split(|byte| *byte == 0);
    let mut put = |text: &[u8]| {
        body.extend_from_slice(text);
        body.push(0);
    };
    for (name, value) in [("user", &way.user), ("database", &way.target)] {
        put(name.as_bytes());
        put(value.as_bytes());
    }
    while let Some(name) = texts.next().filter(|name| !name.is_empty()) {
        let value = texts.next().context("a start-up packet that breaks off")?;
        if name != b"user" && name != b"database" {
            put(name);
            put(value);
        }
    }
    body.push(0);
    let length = u32::try_from(body.len() + 4)?;
    Ok([&length.to_be_bytes(), body.as_slice()].concat())
}

/// A FATAL of our own.
fn fatal(code: &str, message: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, text) in [
        (b'S', "FATAL"),
        (b'V', "FATAL"),
        (b'C', code),
        (b'M', message),
    ] {
        body.push(field);
        body.extend(text.bytes().filter(|byte| *byte != 0));
        body.push(0);
    }
    body.push(0);
    let length = u32::try_from(body.len() + 4).unwrap_or_default();
    let mut whole = vec![b'E'];
    whole.extend_from_slice(&length.to_be_bytes());
    whole.extend(body);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_mine_and_settings_the_tools() {
        let way = Way {
            certificate: None,
            host: String::new(),
            port: 0,
            target: "shop".to_owned(),
            token: String::new(),
            user: "alice".to_owned(),
        };
        let packet = b"\0\0\0\0\0\x03\0\0user\0root\0application_name\0tool\0database\0x\0\0";
        let made = renamed(packet, &way).unwrap();
        let expected = b"\0\x03\0\0user\0alice\0database\0shop\0application_name\0tool\0\0";
        assert_eq!(made[4..], expected[..]);
        assert_eq!(made[..4], 56_u32.to_be_bytes());
        assert!(renamed(b"\0\0\0\0\0\x03\0\0user", &way).is_err());
    }
}
