//! What a session does with what its wire says.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::{Outcome, StatementId};
use wire::{Cause, Credential, Fault, Input, Output, Payload, Shown, Side};

use super::jobs::{self, Done};
use super::road::Road;
use super::sign_in::{self, Claim};
use super::{Ended, Lane, Session};
use crate::pool::Lease;
use crate::registry::Command;
use crate::stream::Stream;

fn bug<T>(what: &str) -> Result<T, Fault> {
    Err(Fault::Bug(what.to_owned()))
}

impl Session {
    pub(super) fn act(&mut self, output: Output, lease: Option<&Rc<Lease>>) -> Result<(), Fault> {
        match output {
            Output::CancelRequest { key, pid } => self.reactor.rim.registry.cancel(pid, &key),
            Output::CancelTarget(bytes) => self.cancel_target(bytes),
            Output::Derive(asked) => {
                let Some(way) = self.way.clone() else {
                    return bug("a derivation for no target");
                };
                let (rim, password) = (self.reactor.rim.clone(), self.password.clone());
                self.job = Some(Box::pin(jobs::derive(rim, way, password, asked)));
            }
            Output::End => self.end("client"),
            Output::Open => self.open()?,
            Output::Present(credential) => self.present(credential),
            Output::Ready { key, pid } => self.ready(pid, key),
            Output::Setting(name, value) => {
                if let Some(road) = &self.road {
                    road.open.setting(&name, &value);
                }
            }
            Output::Settle(id, outcome) => {
                if self
                    .target
                    .tags()
                    .any(|cause| *cause == Cause::Statement(id))
                {
                    self.settling.push(Ended::Statement(id, outcome));
                } else {
                    self.settle(id, outcome);
                }
            }
            Output::Status { has_failed, status } => {
                self.watch_idleness(status);
                let ended = Ended::Transaction(has_failed, status);
                if self.settling.is_empty() {
                    self.ended(ended);
                } else {
                    self.settling.push(ended);
                }
            }
            Output::StartTls(side) => self.tls_due = Some(side),
            Output::Submit(statement) => {
                let Some(road) = &mut self.road else {
                    return bug("a statement before sign-in");
                };
                self.place
                    .mailbox()
                    .statements
                    .fetch_add(1, Ordering::Relaxed);
                self.timer.idle = None;
                road.submit(statement);
            }
            Output::ToClient(shown) => self.show(shown, lease)?,
            Output::ToTarget(cause, payload) => self.send(cause, payload, lease)?,
            Output::Wake(after) => self.timer.wake_in(after),
            Output::Withdraw(id) => {
                if let Some(road) = &mut self.road {
                    road.withdraw(id);
                }
                self.mark_held(false);
            }
        }
        Ok(())
    }

    fn show(&mut self, shown: Shown, lease: Option<&Rc<Lease>>) -> Result<(), Fault> {
        let receipt = match shown.cause {
            None => None,
            Some(id) => match self.road.as_ref().and_then(|road| road.receipt(id)) {
                None => return bug("a result of a statement that never had a permit"),
                receipt => receipt,
            },
        };
        // The client may have gone: then there is nobody to show it to.
        if self.client.takes_bytes() && !self.client.push(receipt, shown.payload, lease) {
            return bug("a range outside its input");
        }
        Ok(())
    }

    fn send(
        &mut self,
        cause: Cause,
        payload: Payload,
        lease: Option<&Rc<Lease>>,
    ) -> Result<(), Fault> {
        self.timer.idle = None;
        if let Cause::Statement(id) = cause
            && !self.road.as_ref().is_some_and(|road| road.has_permit(id))
        {
            return bug("bytes for the target without a permit");
        }
        if self.target.takes_bytes() && !self.target.push(cause, payload, lease) {
            return bug("a range outside its input");
        }
        Ok(())
    }

    /// Takes in what the target ended.
    pub(super) fn ended(&mut self, ended: Ended) {
        match ended {
            Ended::Statement(id, outcome) => self.settle(id, outcome),
            Ended::Transaction(has_failed, status) => {
                if let Some(road) = &mut self.road {
                    road.status(status, has_failed);
                }
            }
        }
    }

    /// Records how a statement ended; if that is impossible the session ends.
    pub(super) fn settle(&mut self, id: StatementId, outcome: Outcome) {
        let settled = self
            .road
            .as_mut()
            .map_or(Ok(()), |road| road.settle(id, outcome));
        if let Err(reason) = settled {
            tracing::error!(session = %self.id(), reason, "an outcome is not recorded");
            self.is_unrecorded = true;
        }
        if self.timer.statement.is_some() {
            self.watch_limits();
        }
    }

    fn present(&mut self, credential: Credential) {
        let rim = self.reactor.rim.clone();
        self.job = Some(match credential {
            Credential::Name {
                database,
                is_encrypted,
                parameters,
                server_name,
                user,
            } => {
                let stream = self.client.stream.as_ref();
                self.claim = Claim {
                    chain: stream.map(Stream::client_chain).unwrap_or_default(),
                    database,
                    is_encrypted,
                    parameters,
                    server_name,
                    user,
                };
                let (listener, claim) = (self.listener.clone(), self.claim.clone());
                Box::pin(sign_in::challenge(rim, listener, claim))
            }
            other => match sign_in::Shown::of(other) {
                Some(shown) => Box::pin(sign_in::check(rim, self.peer, shown)),
                None => return,
            },
        });
    }

    fn open(&mut self) -> Result<(), Fault> {
        let Some(identity) = self.identity.clone() else {
            return bug("a session to be opened for nobody");
        };
        let claim = std::mem::take(&mut self.claim);
        let (rim, listener) = (self.reactor.rim.clone(), self.listener.clone());
        self.job = Some(Box::pin(jobs::judge(
            rim,
            listener,
            claim,
            (identity, self.peer),
        )));
        Ok(())
    }

    fn ready(&mut self, pid: u32, key: Vec<u8>) {
        self.place.set_key(pid, key);
        self.timer.sign_in = None;
        self.is_ready = true;
        self.reactor.meters.session_opened();
        if let Some(road) = &self.road {
            let facts = road.open.facts();
            let (session, who, to) = (&facts.id, facts.identity.name(), &facts.target.name);
            tracing::info!(%session, principal = %who, target_name = %to, "session open");
        }
    }

    fn cancel_target(&self, bytes: Vec<u8>) {
        if let (Some(way), Some(reached)) = (&self.way, &self.reached) {
            let sent = crate::way::cancel(way.clone(), reached.clone(), bytes);
            let mailbox = self.place.mailbox().clone();
            tokio::task::spawn_local(async move {
                sent.await;
                mailbox.send(Command::Cancelled);
            });
        }
    }

    /// Takes what a job gave.
    pub(super) fn done(&mut self, done: Done) {
        match done {
            Done::Challenge(challenge) => self.feed(Input::Challenge(challenge), None),
            Done::Connected(login, socket, reached, loan) => {
                self.password.clone_from(&login.password);
                self.loan = loan;
                self.reached = Some(Rc::new(reached));
                self.target = Lane::new(Some(Stream::Plain(socket)));
                self.feed(Input::Opened(login), None);
            }
            Done::Derived(key) => self.feed(Input::Derived(key), None),
            Done::Identified(identity, signature) => {
                let rim = &self.reactor.rim;
                let (from, name) = (self.peer.ip(), identity.name().as_str());
                rim.guesses.right(from, name, rim.now());
                self.identity = Some(Arc::new(*identity));
                self.feed(Input::Identified(signature), None);
            }
            Done::Judged(open, way, parameters) => {
                let rim = &self.reactor.rim;
                let Some(keeper) = rim.keepers.of_target(way.target.name()) else {
                    return self.bug("a target without a keeper");
                };
                let _ = self.place.mailbox().open.set(open.clone());
                let (governor, meters) = (rim.governor.clone(), self.reactor.meters.clone());
                let to = (rim.clone(), way.clone());
                self.job = Some(Box::pin(jobs::connect(to, open.clone(), parameters)));
                self.road = Some(Road::new(governor, open, keeper, meters));
                self.way = Some(way);
            }
            Done::Plain(stream) => self.client = Lane::new(Some(stream)),
            Done::Reject(code, message, hint) => {
                self.reject(code, message, hint);
            }
            Done::MustWait(claimed, wait) => {
                self.reactor.meters.sign_in_failed();
                let rim = self.reactor.rim.clone();
                let (code, message, hint) = sign_in::waits(&rim, self.peer, &claimed, wait);
                self.reject(code, message, hint);
            }
            Done::SignInFailed(claimed, fault) => {
                self.reactor.meters.sign_in_failed();
                let rim = self.reactor.rim.clone();
                let (code, message, hint) = sign_in::failed(&rim, self.peer, &claimed, fault);
                self.reject(code, message, hint);
            }
            Done::Tls(Side::Client, Ok((stream, facts))) => {
                self.client.stream = Some(stream);
                self.feed(Input::TlsReady(Side::Client, facts), None);
            }
            Done::Tls(Side::Target, Ok((stream, facts))) => {
                self.target.stream = Some(stream);
                self.feed(Input::TlsReady(Side::Target, facts), None);
            }
            Done::Tls(Side::Client, Err(fault)) => {
                tracing::info!(peer = %self.peer, %fault, "a client's TLS handshake failed");
                self.end("client");
            }
            Done::Tls(Side::Target, Err(fault)) => self.target_tls_failed(&fault),
        }
    }

    fn target_tls_failed(&mut self, fault: &std::io::Error) {
        self.reason.get_or_insert("target");
        let Some(way) = self.way.clone() else {
            return self.end("target");
        };
        tracing::warn!(target_name = %way.target.name(), %fault, "TLS with a target failed");
        let message = format!(
            "target {} failed the TLS checks asked of it",
            way.target.name()
        );
        let hint = "its certificate or sslmode is wrong; the gateway's log tells its operator more";
        self.reject("08001", message, Some(hint.to_owned()));
    }
}
