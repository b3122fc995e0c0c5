//! The client proves itself: it was named, now it must show a token or a SCRAM proof.
//!
//! ```text
//! Named ─Identified, by TLS─▶ Opening
//! Named ─Challenge(ClearText)─▶ AskedToken ─p─▶ Shown(plain)
//!   ├─Challenge(Bearer)─▶ OfferedBearer ─p: token─▶ Shown(plain)
//!   │                      └─p: none─▶ Told ─p─▶ Shown(plain), to be rejected
//!   └─Challenge(Scram)─▶ Offered ─p: first─▶ Challenged ─p: final─▶ Shown(scram)
//! Shown ─Identified─▶ Opening        any ─Reject─▶ Done
//! ```
//! A client speaks only when asked: a byte more ends the session. Nothing is verified here.

use std::sync::Arc;

use model::{Proof, Salt};
use wire::{Challenge, Credential, Fault, Input, Output, TlsFacts};

use crate::bearer;
use crate::bytes::{View, string};
use crate::frame::{Piece, Reader, Way, is_sound};
use crate::login::Opening;
use crate::message::client::only_string;
use crate::message::made;
use crate::outbox::Outbox;
use crate::scram::{self, ClientFinal, ClientFirst};
use crate::{Config, Phase, end_early, misfit};

/// The protocol version spoken with the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    V3_0,
    V3_2,
}

impl Version {
    pub(crate) fn minor(self) -> u32 {
        match self {
            Self::V3_0 => 0,
            Self::V3_2 => 2,
        }
    }
}

#[derive(Debug)]
enum Stage {
    AskedToken,
    Challenged {
        binding: Vec<u8>,
        first: String,
        nonce: String,
    },
    Named,
    Offered {
        nonce: String,
        salt: Salt,
    },
    OfferedBearer {
        discovery: String,
    },
    Shown {
        is_scram: bool,
    },
    /// Told whom to ask for a token; a message of no meaning is due (RFC 7628 §3.2.3).
    Told,
}

/// A client that has a name and has not proved it.
#[derive(Debug)]
pub(crate) struct SignIn {
    config: Arc<Config>,
    reader: Reader,
    stage: Stage,
    tls: Option<TlsFacts>,
    user: String,
    version: Version,
}

impl SignIn {
    pub(crate) fn new(
        config: Arc<Config>,
        tls: Option<TlsFacts>,
        user: String,
        version: Version,
    ) -> Self {
        Self {
            config,
            reader: Reader::default(),
            stage: Stage::Named,
            tls,
            user,
            version,
        }
    }

    pub(crate) fn handle(
        mut self: Box<Self>,
        input: Input<'_>,
        out: &mut Outbox,
    ) -> Result<Phase, Fault> {
        match (input, &self.stage) {
            (Input::FromClient(bytes), _) => {
                self.client_said(bytes, out)?;
                Ok(Phase::SignIn(self))
            }
            (Input::Challenge(challenge), Stage::Named) => {
                self.challenge(challenge, out)?;
                Ok(Phase::SignIn(self))
            }
            (Input::Identified(signature), Stage::Shown { is_scram }) => {
                match (signature, is_scram) {
                    (Some(signature), true) => {
                        let text = format!("v={}", scram::encode(&signature));
                        out.tell(None, |b| made::authentication(b, 12, text.as_bytes()))?;
                    }
                    (None, false) => {}
                    _ => return Err(Fault::Bug("the signature does not fit the proof".into())),
                }
                self.enter(out)
            }
            // TLS has shown who it is: nothing is asked.
            (Input::Identified(None), Stage::Named) if self.tls.is_some() => self.enter(out),
            (Input::Tick(_) | Input::Cancel, _) => Ok(Phase::SignIn(self)),
            (input, _) => match end_early(&input, out) {
                Some(end) => end,
                None => Err(misfit("sign-in", &input)),
            },
        }
    }

    fn enter(self, out: &mut Outbox) -> Result<Phase, Fault> {
        out.tell(None, |bytes| made::authentication(bytes, 0, &[]))?;
        out.push(Output::Open);
        let opening = Opening::new(self.config, self.version);
        Ok(Phase::Opening(Box::new(opening)))
    }

    fn end_point(&self) -> Option<&Vec<u8>> {
        self.tls
            .as_ref()
            .and_then(|tls| tls.server_end_point.as_ref())
    }

    fn challenge(&mut self, challenge: Challenge, out: &mut Outbox) -> Result<(), Fault> {
        match challenge {
            Challenge::Bearer { discovery } => {
                self.stage = Stage::OfferedBearer { discovery };
                let mut offer = Vec::new();
                string(&mut offer, bearer::MECHANISM.as_bytes());
                offer.push(0);
                out.tell(None, |bytes| made::authentication(bytes, 10, &offer))
            }
            Challenge::ClearText => {
                self.stage = Stage::AskedToken;
                out.tell(None, |bytes| made::authentication(bytes, 3, &[]))
            }
            Challenge::Scram { nonce, salt } => {
                let mut offer = Vec::new();
                if self.end_point().is_some() {
                    string(&mut offer, scram::PLUS.as_bytes());
                }
                string(&mut offer, scram::PLAIN.as_bytes());
                offer.push(0);
                self.stage = Stage::Offered {
                    nonce: scram::encode(&nonce),
                    salt,
                };
                out.tell(None, |bytes| made::authentication(bytes, 10, &offer))
            }
        }
    }

    fn client_said(&mut self, bytes: &[u8], out: &mut Outbox) -> Result<(), Fault> {
        let cap = self.config.limits.auth_message_bytes;
        let rule = |tag, length| match tag {
            b'p' if is_sound(length, cap) => Ok(Way::Whole),
            b'p' => Err(Fault::Client(format!("a sign-in of {length} bytes"))),
            _ => Err(Fault::Client(format!(
                "message type 0x{tag:02x} before sign-in"
            ))),
        };
        let mut at = 0;
        loop {
            let is_asked = !matches!(self.stage, Stage::Named | Stage::Shown { .. });
            if at < bytes.len() && !is_asked {
                return Err(Fault::Client(
                    "bytes nobody asked for during sign-in".into(),
                ));
            }
            match self.reader.next(bytes, &mut at, rule)? {
                None => return Ok(()),
                Some(Piece::Whole { range, .. }) => {
                    let frame = bytes.get(range).unwrap_or_default();
                    self.answer(frame.get(5..).unwrap_or_default(), out)?;
                }
                Some(Piece::Kept { frame, .. }) => {
                    self.answer(frame.get(5..).unwrap_or_default(), out)?;
                }
                Some(Piece::Head { .. } | Piece::Run(_)) => {
                    return Err(Fault::Bug("a sign-in message was streamed".into()));
                }
            }
        }
    }

    fn answer(&mut self, body: &[u8], out: &mut Outbox) -> Result<(), Fault> {
        match std::mem::replace(&mut self.stage, Stage::Named) {
            Stage::AskedToken => {
                let token = only_string(body).and_then(|token| std::str::from_utf8(token).ok());
                let token = token.ok_or_else(|| Fault::Client("malformed password".into()))?;
                self.stage = Stage::Shown { is_scram: false };
                let (token, user) = (token.to_owned(), self.user.clone());
                out.push(Output::Present(Credential::Token { token, user }));
                Ok(())
            }
            Stage::Offered { nonce, salt } => self.first(body, &nonce, &salt, out),
            Stage::OfferedBearer { discovery } => match bearer::token(body)? {
                Some(token) => {
                    self.show(Some(token), out);
                    Ok(())
                }
                None => {
                    self.stage = Stage::Told;
                    out.tell(None, |b| made::authentication(b, 11, discovery.as_bytes()))
                }
            },
            Stage::Told if body == bearer::DUMMY => {
                self.show(None, out);
                Ok(())
            }
            Stage::Told => Err(Fault::Client("malformed OAUTHBEARER answer".into())),
            Stage::Challenged {
                binding,
                first,
                nonce,
            } => {
                let read = ClientFinal::decode(body, &binding, &nonce)?;
                self.stage = Stage::Shown { is_scram: true };
                out.push(Output::Present(Credential::Proof(Proof {
                    auth_message: format!("{first},{}", read.unproved).into_bytes(),
                    client_proof: read.proof,
                    user: self.user.clone(),
                })));
                Ok(())
            }
            Stage::Named | Stage::Shown { .. } => Err(Fault::Client(
                "bytes nobody asked for during sign-in".into(),
            )),
        }
    }

    /// Presents an identity provider's token, or that there is none yet.
    fn show(&mut self, token: Option<String>, out: &mut Outbox) {
        self.stage = Stage::Shown { is_scram: false };
        let user = self.user.clone();
        out.push(Output::Present(Credential::Bearer { token, user }));
    }

    /// `SASLInitialResponse`: the mechanism and the client-first-message.
    fn first(
        &mut self,
        body: &[u8],
        nonce: &str,
        salt: &Salt,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let mut view = View::new(body);
        let decoded = view.string().zip(view.value().flatten());
        let decoded = decoded.filter(|_| view.end().is_some());
        let (mechanism, text) =
            decoded.ok_or_else(|| Fault::Client("malformed SASL response".into()))?;
        let offered_plus = self.end_point().is_some();
        let is_plus = match std::str::from_utf8(mechanism) {
            Ok(scram::PLAIN) => false,
            Ok(scram::PLUS) if offered_plus => true,
            _ => return Err(Fault::Client("that SASL mechanism was not offered".into())),
        };
        let read = ClientFirst::decode(text, offered_plus, is_plus)?;
        let nonce = format!("{}{nonce}", read.nonce);
        let salted = scram::encode(&salt.salt);
        let first = format!("r={nonce},s={salted},i={}", salt.iterations);
        out.tell(None, |bytes| {
            made::authentication(bytes, 11, first.as_bytes())
        })?;
        let mut binding = read.header.into_bytes();
        if is_plus {
            binding.extend(self.end_point().into_iter().flatten());
        }
        let first = format!("{},{first}", read.bare);
        self.stage = Stage::Challenged {
            binding,
            first,
            nonce,
        };
        Ok(())
    }
}
