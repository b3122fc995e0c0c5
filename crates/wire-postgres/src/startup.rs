//! The start of a conversation: packets without a tag, before anybody has a name.
//!
//! ```text
//!        ┌─'N'─┐
//! Waiting ◀────┴─ SSLRequest, GSSENCRequest (each once, alone in its input)
//!    │ └─SSLRequest─'S'─▶ AwaitsTls ─TlsReady─▶ Waiting (inside TLS: no more of either)
//!    ├─TlsReady as the first input (direct TLS)─▶ Waiting
//!    ├─CancelRequest─▶ Done
//!    └─StartupMessage─▶ SignIn
//! ```
//! It reads exactly one start-up message, refuses a key given twice (a server would take the
//! last, a proxy the first), and checks nobody's identity.

use std::sync::Arc;

use wire::{Credential, Fault, Input, Output, Side, TlsFacts};

use crate::bytes::View;
use crate::message::made;
use crate::outbox::Outbox;
use crate::signin::{SignIn, Version};
use crate::{Config, Phase, end_early, end_with, misfit, options};

const CANCEL: u32 = 80_877_102;
const GSS: u32 = 80_877_104;
const SSL: u32 = 80_877_103;
const TLS_RECORD: u8 = 0x16;

/// Nobody has a name yet.
#[expect(
    clippy::struct_excessive_bools,
    reason = "what was asked for, once each"
)]
#[derive(Debug)]
pub(crate) struct Start {
    asked_gss: bool,
    asked_ssl: bool,
    awaits_tls: bool,
    config: Arc<Config>,
    held: Vec<u8>,
    is_fresh: bool,
    tls: Option<TlsFacts>,
}

impl Start {
    pub(crate) fn new(config: Arc<Config>) -> Self {
        Self {
            asked_gss: false,
            asked_ssl: false,
            awaits_tls: false,
            config,
            held: Vec::new(),
            is_fresh: true,
            tls: None,
        }
    }

    pub(crate) fn handle(mut self, input: Input<'_>, out: &mut Outbox) -> Result<Phase, Fault> {
        match input {
            Input::FromClient(bytes) => self.client_said(bytes, out),
            Input::TlsReady(Side::Client, facts) if self.awaits_tls || self.is_fresh => {
                self.awaits_tls = false;
                self.is_fresh = false;
                self.tls = Some(facts);
                Ok(Phase::Start(self))
            }
            Input::Tick(_) | Input::Cancel => Ok(Phase::Start(self)),
            input => match end_early(&input, out) {
                Some(end) => end,
                None => Err(misfit("start-up", &input)),
            },
        }
    }

    fn client_said(mut self, bytes: &[u8], out: &mut Outbox) -> Result<Phase, Fault> {
        if self.awaits_tls {
            return Err(Fault::Client("bytes before the TLS handshake".into()));
        }
        if self.is_fresh && bytes.first() == Some(&TLS_RECORD) && self.config.offers_tls {
            self.awaits_tls = true;
            out.push(Output::StartTls(Side::Client));
            return Ok(Phase::Start(self));
        }
        self.is_fresh &= bytes.is_empty();
        self.held.extend_from_slice(bytes);
        let mut view = View::new(&self.held);
        let Some(length) = view.u32() else {
            return Ok(Phase::Start(self));
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if !(8..=self.config.limits.startup_bytes).contains(&length) {
            return Err(Fault::Client(format!(
                "a start-up packet cannot be {length} bytes long"
            )));
        }
        if self.held.len() < length {
            return Ok(Phase::Start(self));
        }
        let extra = self.held.split_off(length);
        let packet = std::mem::take(&mut self.held);
        self.packet(packet.get(4..).unwrap_or_default(), &extra, out)
    }

    fn packet(mut self, body: &[u8], extra: &[u8], out: &mut Outbox) -> Result<Phase, Fault> {
        let mut view = View::new(body);
        let code = view.u32().unwrap_or_default();
        match code {
            SSL | GSS => {
                let asked = if code == SSL {
                    &mut self.asked_ssl
                } else {
                    &mut self.asked_gss
                };
                let is_again = std::mem::replace(asked, true);
                if is_again || self.tls.is_some() || view.end().is_none() {
                    return Err(Fault::Client("encryption was asked for out of turn".into()));
                }
                if !extra.is_empty() {
                    return Err(Fault::Client(
                        "bytes behind a request for encryption".into(),
                    ));
                }
                self.awaits_tls = code == SSL && self.config.offers_tls;
                let answer = if self.awaits_tls { b'S' } else { b'N' };
                out.tell(None, |bytes| {
                    bytes.push(answer);
                    Ok(())
                })?;
                if self.awaits_tls {
                    out.push(Output::StartTls(Side::Client));
                }
                Ok(Phase::Start(self))
            }
            CANCEL => {
                let pid = view.u32().unwrap_or_default();
                let key = view.rest();
                if (4..=256).contains(&key.len()) {
                    out.push(Output::CancelRequest {
                        key: key.to_vec(),
                        pid,
                    });
                }
                out.push(Output::End);
                Ok(Phase::Done)
            }
            version if version >> 16 == 3 => self.start(version & 0xffff, view, extra, out),
            _ => {
                let text = "this protocol version is not spoken here: use 3.0 or 3.2";
                Ok(end_with("0A000", text, None, out))
            }
        }
    }

    fn start(
        self,
        minor: u32,
        view: View<'_>,
        extra: &[u8],
        out: &mut Outbox,
    ) -> Result<Phase, Fault> {
        let claim = Claim::decode(view)?;
        if let Some((code, text, hint)) = self.objection(&claim) {
            return Ok(end_with(code, text, hint, out));
        }
        let Some(settings) = claim.settings() else {
            let text = "options may only set parameters: -c name=value or --name=value";
            return Ok(end_with("42601", text, None, out));
        };
        let version = if minor >= 2 {
            Version::V3_2
        } else {
            Version::V3_0
        };
        if minor != version.minor() || !claim.unknown.is_empty() {
            let spoken = (3 << 16) | version.minor();
            out.tell(None, |bytes| made::negotiate(bytes, spoken, &claim.unknown))?;
        }
        if !extra.is_empty() {
            return Err(Fault::Client("bytes behind the start-up message".into()));
        }
        let user = claim.user.to_owned();
        out.push(Output::Present(Credential::Name {
            database: claim.database.unwrap_or(claim.user).to_owned(),
            is_encrypted: self.tls.is_some(),
            parameters: settings,
            server_name: self.tls.as_ref().and_then(|tls| tls.server_name.clone()),
            user: user.clone(),
        }));
        Ok(Phase::SignIn(Box::new(SignIn::new(
            self.config,
            self.tls,
            user,
            version,
        ))))
    }

    /// What speaks against going on, besides the wrong form: SQLSTATE, sentence, hint.
    fn objection(
        &self,
        claim: &Claim<'_>,
    ) -> Option<(&'static str, &'static str, Option<&'static str>)> {
        if claim.has_replication {
            let text = "replication connections are not led through Portcullis";
            return Some(("0A000", text, None));
        }
        if claim.user.is_empty() {
            return Some((
                "28000",
                "no user name was given in the start-up message",
                None,
            ));
        }
        if self.tls.is_none() && !self.config.allows_clear_text {
            let hint = "Connect with sslmode=require.";
            return Some((
                "28000",
                "this listener takes sign-ins inside TLS only",
                Some(hint),
            ));
        }
        None
    }
}

/// A start-up message, as claimed.
struct Claim<'a> {
    database: Option<&'a str>,
    has_replication: bool,
    options: &'a str,
    others: Vec<(&'a str, &'a str)>,
    unknown: Vec<&'a [u8]>,
    user: &'a str,
}

impl<'a> Claim<'a> {
    fn decode(mut view: View<'a>) -> Result<Self, Fault> {
        let malformed = || Fault::Client("malformed start-up message".into());
        let mut claim = Self {
            database: None,
            has_replication: false,
            options: "",
            others: Vec::new(),
            unknown: Vec::new(),
            user: "",
        };
        let mut seen = std::collections::BTreeSet::new();
        loop {
            let name = view.string().ok_or_else(malformed)?;
            if name.is_empty() {
                view.end().ok_or_else(malformed)?;
                return Ok(claim);
            }
            let value = view.string().ok_or_else(malformed)?;
            if !seen.insert(name) {
                return Err(Fault::Client("a start-up parameter was given twice".into()));
            }
            if name.starts_with(b"_pq_.") {
                claim.unknown.push(name);
                continue;
            }
            let text = |bytes| {
                let decoded = std::str::from_utf8(bytes);
                decoded.map_err(|_| Fault::Client("a start-up parameter is not UTF-8".into()))
            };
            let value = text(value)?;
            match text(name)? {
                "database" => claim.database = Some(value).filter(|name| !name.is_empty()),
                "options" => claim.options = value,
                "replication" => claim.has_replication = true,
                "user" => claim.user = value,
                other => claim.others.push((other, value)),
            }
        }
    }

    /// Every other parameter and each setting inside `options`; `None` where that is no setting.
    fn settings(&self) -> Option<Vec<(String, String)>> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut settings: Vec<_> = self.others.iter().map(owned).collect();
        settings.extend(options::settings(self.options)?);
        Some(settings)
    }
}
