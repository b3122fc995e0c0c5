//! We sign in at the target, as its client.
//!
//! ```text
//! Idle ─Opened─▶ AskedTls ─'S'─▶ AwaitsTls ─TlsReady─▶ Greeted
//!   └──────(no TLS)──────────────────────────────────▶ Greeted
//! Greeted ─R─▶ password sent, or Scram* ─▶ In ─S*, K, Z─▶ Open
//! ```
//! The start-up message carries only what `TargetLogin` says: nothing a client wrote goes along.
//! The target must prove itself too where SCRAM is spoken: without its signature there is no
//! going on. Certificates are the driver's.

mod proving;

use std::sync::Arc;

use wire::{Cause, Fault, Housekeeping, Input, Output, Side, TargetLogin, TargetTls, TlsFacts};

use crate::bytes::{string, untagged};
use crate::frame::{Piece, Reader, Way};
use crate::message::made;
use crate::message::target::{self, Fields};
use crate::open::Open;
use crate::outbox::Outbox;
use crate::signin::Version;
use crate::{Config, Phase, end_early, end_with, misfit};

const OPEN: Cause = Cause::Housekeeping(Housekeeping::Open);

#[derive(Debug)]
enum Stage {
    AskedTls,
    AwaitsTls,
    Deriving {
        first: String,
        unproved: String,
    },
    Greeted,
    Idle,
    In,
    PasswordSent,
    Proved {
        auth_message: String,
        salted: [u8; 32],
    },
    ScramFirst {
        bare: String,
        binding: Vec<u8>,
        nonce: String,
    },
    Verified,
}

/// The client is signed in, the target is not reached yet.
#[derive(Debug)]
pub(crate) struct Opening {
    config: Arc<Config>,
    key: Option<(u32, Vec<u8>)>,
    login: Option<Box<TargetLogin>>,
    reader: Reader,
    settings: Vec<(String, Vec<u8>)>,
    stage: Stage,
    tls: Option<TlsFacts>,
    version: Version,
}

/// What one message of the target leads to.
enum Turn {
    End,
    Open,
    Stay,
}

impl Opening {
    pub(crate) fn new(config: Arc<Config>, version: Version) -> Self {
        Self {
            config,
            key: None,
            login: None,
            reader: Reader::default(),
            settings: Vec::new(),
            stage: Stage::Idle,
            tls: None,
            version,
        }
    }

    pub(crate) fn handle(
        mut self: Box<Self>,
        input: Input<'_>,
        out: &mut Outbox,
    ) -> Result<Phase, Fault> {
        match (input, &self.stage) {
            (Input::Opened(login), Stage::Idle) => {
                self.opened(login, out)?;
                Ok(Phase::Opening(self))
            }
            (Input::TlsReady(Side::Target, facts), Stage::AwaitsTls) => {
                self.tls = Some(facts);
                self.greet(out)?;
                Ok(Phase::Opening(self))
            }
            (Input::Derived(salted), Stage::Deriving { .. }) => {
                self.prove(salted, out)?;
                Ok(Phase::Opening(self))
            }
            (Input::FromTarget(bytes), _) => self.target_said(bytes, out),
            (Input::FromClient([b'X', ..]), _) => {
                out.push(Output::End);
                Ok(Phase::Done)
            }
            (Input::FromClient(bytes), _) if !bytes.is_empty() => {
                Err(Fault::Client("bytes before the session was ready".into()))
            }
            (Input::FromClient(_) | Input::Tick(_) | Input::Cancel, _) => Ok(Phase::Opening(self)),
            (input, _) => match end_early(&input, out) {
                Some(end) => end,
                None => Err(misfit("the target's sign-in", &input)),
            },
        }
    }

    fn opened(&mut self, login: Box<TargetLogin>, out: &mut Outbox) -> Result<(), Fault> {
        let tls = login.tls;
        self.login = Some(login);
        if tls == TargetTls::Disable {
            return self.greet(out);
        }
        self.stage = Stage::AskedTls;
        let mut packet = Vec::new();
        untagged(&mut packet, |packet| {
            packet.extend_from_slice(&80_877_103_u32.to_be_bytes());
            Ok(())
        })?;
        out.push(Output::ToTarget(OPEN, wire::Payload::Made(packet)));
        Ok(())
    }

    fn login(&self) -> Result<&TargetLogin, Fault> {
        self.login
            .as_deref()
            .ok_or_else(|| Fault::Bug("no login".into()))
    }

    /// The start-up message: 3.0, since a target's longer key would change nothing for us.
    fn greet(&mut self, out: &mut Outbox) -> Result<(), Fault> {
        let login = self.login()?;
        let mut packet = Vec::new();
        untagged(&mut packet, |packet| {
            packet.extend_from_slice(&(3_u32 << 16).to_be_bytes());
            let own = [("user", &login.user), ("database", &login.database)];
            let given = login
                .parameters
                .iter()
                .map(|(name, value)| (name.as_str(), value));
            for (name, value) in own.into_iter().chain(given) {
                if name.is_empty() || name.contains('\0') || value.contains('\0') {
                    return Err(Fault::Bug("a login parameter holds a NUL".into()));
                }
                string(packet, name.as_bytes());
                string(packet, value.as_bytes());
            }
            packet.push(0);
            Ok(())
        })?;
        self.stage = Stage::Greeted;
        out.send(OPEN, packet);
        Ok(())
    }

    fn target_said(mut self: Box<Self>, bytes: &[u8], out: &mut Outbox) -> Result<Phase, Fault> {
        let mut at = 0;
        if matches!(self.stage, Stage::AskedTls)
            && let Some(answer) = bytes.first()
        {
            return self.tls_answer(*answer, bytes.len(), out);
        }
        if matches!(
            self.stage,
            Stage::AwaitsTls | Stage::Idle | Stage::Deriving { .. }
        ) && !bytes.is_empty()
        {
            return Err(Fault::Target("bytes nobody asked for".into()));
        }
        let config = Arc::clone(&self.config);
        let rule =
            |tag, length| target::check(tag, length, false, &config.limits).map(|()| Way::Whole);
        while let Some(piece) = self.reader.next(bytes, &mut at, rule)? {
            let (tag, frame) = match &piece {
                Piece::Whole { tag, range } => (*tag, bytes.get(range.clone()).unwrap_or_default()),
                Piece::Kept { tag, frame } => (*tag, frame.as_slice()),
                Piece::Head { .. } | Piece::Run(_) => {
                    return Err(Fault::Bug("a sign-in message was streamed".into()));
                }
            };
            match self.answer(tag, frame, out)? {
                Turn::Stay => {}
                Turn::End => return Ok(Phase::Done),
                Turn::Open if at < bytes.len() => {
                    let rest = bytes.get(at..).unwrap_or_default();
                    return Err(Fault::Target(format!("{} bytes too many", rest.len())));
                }
                Turn::Open => return self.ready(out),
            }
            if at < bytes.len() && matches!(self.stage, Stage::Deriving { .. }) {
                return Err(Fault::Target("bytes nobody asked for".into()));
            }
        }
        Ok(Phase::Opening(self))
    }

    fn tls_answer(
        mut self: Box<Self>,
        answer: u8,
        length: usize,
        out: &mut Outbox,
    ) -> Result<Phase, Fault> {
        if length != 1 {
            return Err(Fault::Target("bytes behind its answer about TLS".into()));
        }
        match (answer, self.login()?.tls) {
            (b'S', _) => {
                self.stage = Stage::AwaitsTls;
                out.push(Output::StartTls(Side::Target));
                Ok(Phase::Opening(self))
            }
            (b'N', TargetTls::Prefer) => {
                self.greet(out)?;
                Ok(Phase::Opening(self))
            }
            (b'N', _) => {
                let text = "the target does not offer TLS, and its sslmode requires it";
                Ok(end_with("08006", text, None, out))
            }
            _ => Err(Fault::Target("no answer about TLS".into())),
        }
    }

    fn answer(&mut self, tag: u8, frame: &[u8], out: &mut Outbox) -> Result<Turn, Fault> {
        let body = frame.get(5..).unwrap_or_default();
        match (tag, &self.stage) {
            (b'R', _) => self.authentication(body, out),
            (b'E', _) => {
                let fields = Fields::decode(body)?;
                let text = |field| fields.field(field).map(String::from_utf8_lossy);
                let said = text(b'M').unwrap_or_default();
                let code = fields.sqlstate().unwrap_or_else(|| "08006".to_owned());
                end_with(&code, &said, None, out);
                Ok(Turn::End)
            }
            (b'N', _) => Fields::decode(body).map(|_| Turn::Stay),
            (b'S', Stage::In) => {
                let (name, value) = target::setting(body)?;
                if self.settings.len() < 256 {
                    self.settings.push((name.clone(), frame.to_vec()));
                }
                out.tell(None, |bytes| {
                    bytes.extend_from_slice(frame);
                    Ok(())
                })?;
                out.push(Output::Setting(name, value));
                Ok(Turn::Stay)
            }
            (b'K', Stage::In) if self.key.is_none() => {
                self.key = Some(target::key(body)?);
                Ok(Turn::Stay)
            }
            (b'Z', Stage::In) => match target::ready(body)? {
                b'I' => Ok(Turn::Open),
                _ => Err(Fault::Target(
                    "a transaction before the first statement".into(),
                )),
            },
            _ => Err(Fault::Target(format!(
                "message type 0x{tag:02x} during sign-in"
            ))),
        }
    }

    fn ready(self: Box<Self>, out: &mut Outbox) -> Result<Phase, Fault> {
        let long = self.login()?.client_key;
        let key = match self.version {
            Version::V3_0 => long.get(..4).unwrap_or_default().to_vec(),
            Version::V3_2 => long.to_vec(),
        };
        let pid = self.key.as_ref().map_or(0, |(pid, _)| *pid);
        out.tell(None, |bytes| {
            made::key(bytes, pid, &key)?;
            made::ready(bytes, b'I')
        })?;
        out.push(Output::Ready { key, pid });
        let limits = self.config.limits.clone();
        Ok(Phase::Open(Box::new(Open::new(
            limits,
            self.key,
            &self.settings,
        ))))
    }
}

impl PartialEq for Stage {
    fn eq(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}
