//! A tiny client of the protocol, for the bytes a driver would hide.
//!
//! It speaks what it is told to and returns whole messages as they came. Plain TCP only.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails loudly"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};

use super::PATIENCE;

/// One message: its type byte and its body.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) kind: u8,
    pub(crate) body: Vec<u8>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} {:?}",
            self.kind as char,
            String::from_utf8_lossy(&self.body)
        )
    }
}

/// A session.
pub(crate) struct Raw {
    /// What came before the first ReadyForQuery, without what is a secret of each session.
    pub(crate) opening: Vec<Message>,
    /// Process id and cancel key.
    pub(crate) key: Vec<u8>,
    stream: TcpStream,
}

/// A message with its length in front.
pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[kind][..], &length, body].concat()
}

fn text(parts: &[&str]) -> Vec<u8> {
    parts
        .iter()
        .flat_map(|part| part.bytes().chain([0]))
        .collect()
}

/// Query.
pub(crate) fn query(sql: &str) -> Vec<u8> {
    message(b'Q', &text(&[sql]))
}

/// Parse, with no types said.
pub(crate) fn parse(name: &str, sql: &str) -> Vec<u8> {
    message(b'P', &[text(&[name, sql]), vec![0, 0]].concat())
}

/// Parse of an unnamed statement whose one parameter is of that type.
pub(crate) fn parse_typed(sql: &str, type_oid: u32) -> Vec<u8> {
    let types = [&[0, 1][..], &type_oid.to_be_bytes()].concat();
    message(b'P', &[text(&["", sql]), types].concat())
}

/// Bind of text parameters; results all in one format.
pub(crate) fn bind(portal: &str, name: &str, parameters: &[Option<&str>], format: u8) -> Vec<u8> {
    let mut body = text(&[portal, name]);
    body.extend([0, 0]);
    body.extend(u16::try_from(parameters.len()).unwrap().to_be_bytes());
    for parameter in parameters {
        match parameter {
            None => body.extend((-1_i32).to_be_bytes()),
            Some(value) => {
                body.extend(u32::try_from(value.len()).unwrap().to_be_bytes());
                body.extend(value.bytes());
            }
        }
    }
    body.extend([0, 1, 0, format]);
    message(b'B', &body)
}

/// Describe of a statement (`S`) or portal (`P`).
pub(crate) fn describe(of: u8, name: &str) -> Vec<u8> {
    message(b'D', &[vec![of], text(&[name])].concat())
}

/// Execute; 0 rows is all.
pub(crate) fn execute(portal: &str, rows: u32) -> Vec<u8> {
    message(
        b'E',
        &[text(&[portal]), rows.to_be_bytes().to_vec()].concat(),
    )
}

/// Sync.
pub(crate) fn sync() -> Vec<u8> {
    message(b'S', &[])
}

/// Flush.
pub(crate) fn flush() -> Vec<u8> {
    message(b'H', &[])
}

/// Parse, Bind, Describe, Execute, Sync of one statement.
pub(crate) fn extended(sql: &str, parameters: &[Option<&str>], format: u8) -> Vec<u8> {
    let parts = [
        parse("", sql),
        bind("", "", parameters, format),
        describe(b'P', ""),
        execute("", 0),
        sync(),
    ];
    parts.concat()
}

impl Raw {
    /// Signs in at `host:port`; with a token by SCRAM.
    pub(crate) fn open(address: &str, user: &str, database: &str, token: Option<&str>) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut raw = Self {
            opening: Vec::new(),
            key: Vec::new(),
            stream,
        };
        let mut body = 196_608_u32.to_be_bytes().to_vec();
        body.extend(text(&[
            "user",
            user,
            "database",
            database,
            "application_name",
            "raw",
            "",
        ]));
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        raw.send(&[&length[..], &body].concat());
        raw.sign_in(token);
        loop {
            let message = raw.next();
            match message.kind {
                b'K' => raw.key = message.body,
                b'Z' => return raw,
                _ => raw.opening.push(message),
            }
        }
    }

    fn sign_in(&mut self, token: Option<&str>) {
        let mut scram = None;
        loop {
            let message = self.next();
            assert_eq!(message.kind, b'R', "{message:?}");
            let (code, rest) = message.body.split_at(4);
            match code[3] {
                0 => return,
                10 => {
                    let token = token.expect("it wants a token");
                    let first = ScramSha256::new(token.as_bytes(), ChannelBinding::unsupported());
                    let first = scram.insert(first).message().to_vec();
                    let length = u32::try_from(first.len()).unwrap().to_be_bytes();
                    let body = [text(&[SCRAM_SHA_256]), length.to_vec(), first].concat();
                    self.send(&super::raw::message(b'p', &body));
                }
                11 => {
                    let scram: &mut ScramSha256 = scram.as_mut().unwrap();
                    scram.update(rest).unwrap();
                    let last = scram.message().to_vec();
                    self.send(&super::raw::message(b'p', &last));
                }
                12 => scram.as_mut().unwrap().finish(rest).unwrap(),
                other => panic!("sign-in by {other}"),
            }
        }
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// The next message.
    pub(crate) fn next(&mut self) -> Message {
        self.read().unwrap()
    }

    fn read(&mut self) -> std::io::Result<Message> {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head)?;
        let length = u32::from_be_bytes(head[1..].try_into().unwrap()) as usize;
        let mut body = vec![0; length - 4];
        self.stream.read_exact(&mut body)?;
        Ok(Message {
            kind: head[0],
            body,
        })
    }

    /// Everything up to that many ReadyForQuery, or to the end; whether the end came.
    pub(crate) fn until_end(&mut self, ready: usize) -> (Vec<Message>, bool) {
        let mut messages = Vec::new();
        while messages
            .iter()
            .filter(|m: &&Message| m.kind == b'Z')
            .count()
            < ready
        {
            match self.read() {
                Ok(message) => messages.push(message),
                Err(fault) if fault.kind() == std::io::ErrorKind::WouldBlock => {
                    panic!("neither an answer nor an end: {messages:?}")
                }
                Err(_) => return (messages, true),
            }
        }
        (messages, false)
    }

    /// Everything up to and with the next of that kind.
    pub(crate) fn until(&mut self, kind: u8) -> Vec<Message> {
        let mut messages = Vec::new();
        loop {
            messages.push(self.next());
            if messages.last().is_some_and(|message| message.kind == kind) {
                return messages;
            }
        }
    }

    /// Sends, and returns everything up to that many ReadyForQuery.
    pub(crate) fn ask(&mut self, bytes: &[u8], ready: usize) -> Vec<Message> {
        self.send(bytes);
        (0..ready).flat_map(|_| self.until(b'Z')).collect()
    }

    /// Everything up to ReadyForQuery; where it is held, it is withdrawn.
    pub(crate) fn ask_or_withdraw(&mut self, bytes: &[u8]) -> Vec<Message> {
        self.send(bytes);
        let mut messages = Vec::new();
        loop {
            let message = self.next();
            if message.kind == b'N' && format!("{message:?}").contains("held for review") {
                self.cancel();
            }
            messages.push(message);
            if messages.last().is_some_and(|message| message.kind == b'Z') {
                return messages;
            }
        }
    }

    /// Sends a cancel request for this session, by a connection of its own.
    pub(crate) fn cancel(&self) {
        let mut stream = TcpStream::connect(self.stream.peer_addr().unwrap()).unwrap();
        let length = u32::try_from(self.key.len() + 8).unwrap().to_be_bytes();
        let body = [&length[..], &80_877_102_u32.to_be_bytes(), &self.key].concat();
        stream.write_all(&body).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    }
}
