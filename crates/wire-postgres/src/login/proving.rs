//! The target asks who we are: the answers, and the proof we want in turn.

use wire::{Derivation, Fault, Output};

use super::{OPEN, Opening, Stage, Turn};
use crate::bytes::{View, length, message, string};
use crate::end_with;
use crate::outbox::Outbox;
use crate::scram::{self, ServerFirst};

impl Opening {
    pub(super) fn authentication(&mut self, body: &[u8], out: &mut Outbox) -> Result<Turn, Fault> {
        let mut view = View::new(body);
        let code = view
            .u32()
            .ok_or_else(|| Fault::Target("malformed sign-in".into()))?;
        let Some(password) = self.login()?.password.clone() else {
            if (code, &self.stage, view.end()) == (0, &Stage::Greeted, Some(())) {
                self.stage = Stage::In;
                return Ok(Turn::Stay);
            }
            let text = "the target asks for a password, and none is configured for it";
            end_with("28P01", text, None, out);
            return Ok(Turn::End);
        };
        match (code, &self.stage) {
            (0, Stage::Greeted | Stage::PasswordSent | Stage::Verified) => {
                self.stage = Stage::In;
                return Ok(Turn::Stay);
            }
            (3, Stage::Greeted) => self.send_password(password.as_bytes(), out)?,
            (5, Stage::Greeted) if view.rest().len() == 4 => {
                let answer = scram::md5_response(&self.login()?.user, &password, view.rest());
                self.send_password(answer.as_bytes(), out)?;
            }
            (10, Stage::Greeted) => return self.choose(view, out),
            (
                11,
                Stage::ScramFirst {
                    bare,
                    binding,
                    nonce,
                },
            ) => {
                let most = self.config.limits.scram_iterations;
                let read = ServerFirst::decode(view.rest(), nonce, most)?;
                let first = String::from_utf8_lossy(view.rest());
                let unproved = format!("c={},r={}", scram::encode(binding), read.nonce);
                self.stage = Stage::Deriving {
                    first: format!("{bare},{first}"),
                    unproved,
                };
                let (iterations, salt) = (read.iterations, read.salt);
                out.push(Output::Derive(Derivation { iterations, salt }));
            }
            (
                12,
                Stage::Proved {
                    auth_message,
                    salted,
                },
            ) => {
                if !scram::is_server(salted, auth_message.as_bytes(), view.rest())? {
                    return Err(Fault::Target("its SCRAM signature is wrong".into()));
                }
                self.stage = Stage::Verified;
            }
            _ => {
                return Err(Fault::Target(format!(
                    "sign-in step {code} is not one we know"
                )));
            }
        }
        Ok(Turn::Stay)
    }

    fn send_password(&mut self, password: &[u8], out: &mut Outbox) -> Result<(), Fault> {
        let mut bytes = Vec::new();
        message(&mut bytes, b'p', |bytes| {
            string(bytes, password);
            Ok(())
        })?;
        self.stage = Stage::PasswordSent;
        out.send(OPEN, bytes);
        Ok(())
    }

    /// Chooses the best mechanism offered and sends the client-first-message.
    fn choose(&mut self, mut offer: View<'_>, out: &mut Outbox) -> Result<Turn, Fault> {
        let mut mechanisms = Vec::new();
        loop {
            match offer.string() {
                Some([]) => break,
                Some(mechanism) => mechanisms.push(mechanism),
                None => return Err(Fault::Target("malformed list of mechanisms".into())),
            }
        }
        let offers = |name: &str| mechanisms.contains(&name.as_bytes());
        let end_point = self
            .tls
            .as_ref()
            .and_then(|tls| tls.server_end_point.as_deref());
        let (mechanism, header) = match end_point {
            Some(_) if offers(scram::PLUS) => (scram::PLUS, "p=tls-server-end-point,,"),
            // "I could have bound the channel": a hidden offer would show at the target.
            Some(_) if offers(scram::PLAIN) => (scram::PLAIN, "y,,"),
            None if offers(scram::PLAIN) => (scram::PLAIN, "n,,"),
            _ => return Err(Fault::Target("no sign-in mechanism we know".into())),
        };
        let mut binding = header.as_bytes().to_vec();
        if mechanism == scram::PLUS {
            binding.extend_from_slice(end_point.unwrap_or_default());
        }
        let nonce = scram::encode(&self.login()?.nonce);
        let bare = format!("n=,r={nonce}");
        let mut bytes = Vec::new();
        message(&mut bytes, b'p', |bytes| {
            string(bytes, mechanism.as_bytes());
            bytes.extend_from_slice(&length(header.len().saturating_add(bare.len()))?);
            bytes.extend_from_slice(header.as_bytes());
            bytes.extend_from_slice(bare.as_bytes());
            Ok(())
        })?;
        out.send(OPEN, bytes);
        self.stage = Stage::ScramFirst {
            bare,
            binding,
            nonce,
        };
        Ok(Turn::Stay)
    }

    pub(super) fn prove(&mut self, salted: [u8; 32], out: &mut Outbox) -> Result<(), Fault> {
        let Stage::Deriving { first, unproved } = &self.stage else {
            return Err(Fault::Bug("nothing to derive".into()));
        };
        let auth_message = format!("{first},{unproved}");
        let proof = scram::proof(&salted, auth_message.as_bytes())?;
        let text = format!("{unproved},p={}", scram::encode(&proof));
        let mut bytes = Vec::new();
        message(&mut bytes, b'p', |bytes| {
            bytes.extend_from_slice(text.as_bytes());
            Ok(())
        })?;
        out.send(OPEN, bytes);
        self.stage = Stage::Proved {
            auth_message,
            salted,
        };
        Ok(())
    }
}
