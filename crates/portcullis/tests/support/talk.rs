//! A session with a server that may end it at any moment: what came, and how it ended.
//!
//! Why beside `raw`: evasions are refused in every way there is, and a test of many cases must go
//! on after each. It withdraws what is held, and says so.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};

use super::raw::{Message, message};

/// How long an answer may take: a held or hanging statement must not hold up the others.
const PATIENCE: Duration = Duration::from_secs(8);

/// What came back.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// Whole messages, in order.
    pub(crate) messages: Vec<Message>,
    /// Whether the other side closed the connection.
    pub(crate) is_ended: bool,
    /// Whether nothing came any more, and no end either.
    pub(crate) is_hung: bool,
    /// Whether it was held for review, and withdrawn.
    pub(crate) was_held: bool,
}

impl Answer {
    /// All bytes of it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let whole = |m: &Message| message(m.kind, &m.body);
        self.messages.iter().flat_map(whole).collect()
    }

    /// Whether a message holds these words.
    pub(crate) fn says(&self, words: &str) -> bool {
        String::from_utf8_lossy(&self.bytes()).contains(words)
    }

    /// The SQLSTATE of the last error.
    pub(crate) fn code(&self) -> Option<String> {
        let last = self.messages.iter().rev().find(|m| m.kind == b'E')?;
        let fields = last.body.split(|byte| *byte == 0);
        let code = fields
            .into_iter()
            .find(|field| field.first() == Some(&b'C'))?;
        Some(String::from_utf8_lossy(&code[1..]).into_owned())
    }

    /// Adds what came after.
    pub(crate) fn add(&mut self, other: Self) {
        self.messages.extend(other.messages);
        self.is_ended |= other.is_ended;
        self.is_hung |= other.is_hung;
        self.was_held |= other.was_held;
    }
}

/// A session.
pub(crate) struct Talk {
    key: Vec<u8>,
    /// What came before the first ReadyForQuery.
    pub(crate) opening: Answer,
    stream: TcpStream,
}

impl Talk {
    /// Signs in; if that fails, what was said.
    pub(crate) fn open(
        address: &str,
        parameters: &[(&str, &str)],
        token: Option<&str>,
    ) -> Result<Self, Vec<u8>> {
        let mut body = 196_608_u32.to_be_bytes().to_vec();
        for (name, value) in parameters {
            body.extend([name.as_bytes(), &[0], value.as_bytes(), &[0]].concat());
        }
        body.push(0);
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        Self::greet(address, &[&length[..], &body].concat(), token)
    }

    /// The same with bytes of one's own instead of the start-up packet.
    pub(crate) fn greet(
        address: &str,
        packet: &[u8],
        token: Option<&str>,
    ) -> Result<Self, Vec<u8>> {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut talk = Self {
            key: Vec::new(),
            opening: Answer::default(),
            stream,
        };
        talk.send(packet);
        if !talk.sign_in(token) {
            return Err(talk.opening.bytes());
        }
        let opening = talk.read(1);
        let key = opening.messages.iter().find(|m| m.kind == b'K');
        talk.key = key.map(|m| m.body.clone()).unwrap_or_default();
        let is_open = opening.messages.last().is_some_and(|m| m.kind == b'Z');
        talk.opening.add(opening);
        if is_open {
            Ok(talk)
        } else {
            Err(talk.opening.bytes())
        }
    }

    fn sign_in(&mut self, token: Option<&str>) -> bool {
        let mut scram = None;
        while let Ok(message) = self.next() {
            let body = message.body.clone();
            let is_about = message.kind == b'R' && body.len() >= 4;
            self.opening.messages.push(message);
            if !is_about {
                return false;
            }
            let (code, rest) = body.split_at(4);
            match (code[3], token) {
                (0, _) => return true,
                (10, Some(token)) => {
                    let first = ScramSha256::new(token.as_bytes(), ChannelBinding::unsupported());
                    let first = scram.insert(first).message().to_vec();
                    let length = u32::try_from(first.len()).unwrap().to_be_bytes();
                    let name = [SCRAM_SHA_256.as_bytes(), &[0]].concat();
                    self.send(&super::raw::message(
                        b'p',
                        &[&name[..], &length, &first].concat(),
                    ));
                }
                (11, Some(_)) => {
                    let scram: &mut ScramSha256 = scram.as_mut().unwrap();
                    scram.update(rest).unwrap();
                    let last = scram.message().to_vec();
                    self.send(&super::raw::message(b'p', &last));
                }
                (12, Some(_)) => scram.as_mut().unwrap().finish(rest).unwrap(),
                _ => return false,
            }
        }
        false
    }

    /// Sends bytes as they are; a closed connection shows when reading.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Sends, and reads up to that many ReadyForQuery.
    pub(crate) fn ask(&mut self, bytes: &[u8], ready: usize) -> Answer {
        self.send(bytes);
        self.read(ready)
    }

    /// Reads up to that many ReadyForQuery, or to the end.
    pub(crate) fn read(&mut self, ready: usize) -> Answer {
        let mut answer = Answer::default();
        let mut left = ready;
        while left > 0 {
            let message = match self.next() {
                Ok(message) => message,
                Err(ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    answer.is_hung = true;
                    return answer;
                }
                Err(_) => {
                    answer.is_ended = true;
                    return answer;
                }
            };
            if message.kind == b'N' && format!("{message:?}").contains("held for review") {
                answer.was_held = true;
                self.cancel();
            }
            left -= usize::from(message.kind == b'Z');
            answer.messages.push(message);
        }
        answer
    }

    /// What comes within so short a time.
    pub(crate) fn glance(&mut self, time: Duration) -> Answer {
        self.stream.set_read_timeout(Some(time)).unwrap();
        let mut answer = self.read(usize::MAX);
        answer.is_hung = false;
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        answer
    }

    fn next(&mut self) -> Result<Message, ErrorKind> {
        let mut head = [0; 5];
        self.stream
            .read_exact(&mut head)
            .map_err(|fault| fault.kind())?;
        let length = u32::from_be_bytes(head[1..].try_into().unwrap()) as usize;
        let mut body = vec![0; length.saturating_sub(4)];
        self.stream
            .read_exact(&mut body)
            .map_err(|fault| fault.kind())?;
        Ok(Message {
            kind: head[0],
            body,
        })
    }

    /// Sends a cancel request for this session, by a connection of its own.
    pub(crate) fn cancel(&self) {
        let mut stream = TcpStream::connect(self.stream.peer_addr().unwrap()).unwrap();
        let length = u32::try_from(self.key.len() + 8).unwrap().to_be_bytes();
        let body = [&length[..], &80_877_102_u32.to_be_bytes(), &self.key].concat();
        let _ = stream.write_all(&body);
        let _ = stream.read_to_end(&mut Vec::new());
    }

    /// Ends it politely and waits until it is over.
    pub(crate) fn end(mut self) {
        self.send(&message(b'X', &[]));
        let _ = self.stream.set_read_timeout(Some(Duration::from_secs(2)));
        let _ = self.stream.read_to_end(&mut Vec::new());
    }
}
