//! An entry: an event in its envelope, as canonical bytes.
//!
//! Why by hand and in one direction: these bytes are what is hashed and signed, so nothing may
//! stand between the event and them. The envelope is that of `FORMAT.md` §2; its members are
//! written in order of their names.
//!
//! It masks nothing: sensitive literals are masked before an event is made. What it never writes
//! whole is what did not fit: see [`encode`].

use model::event::SessionRef;
use model::{Event, Session, SessionId, StatementId, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::ENTRY_MAX_BYTES;
use crate::jcs::{Object, Room};
use crate::tree::hex;

mod action;
mod parts;
#[cfg(test)]
mod tests;

/// The version of the envelope.
pub const VERSION: u64 = 1;

/// Where and when an entry stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// When, by the writer's wall clock.
    pub at: Timestamp,
    /// Random bits of the writer, so that ids differ between ledgers.
    pub entropy: u64,
    /// The ledger's name: the origin of its checkpoints.
    pub origin: &'a str,
    /// Its position, from 0, without gaps.
    pub seq: u64,
}

impl Place<'_> {
    /// The entry's id: a `UUIDv7` (RFC 9562 §5.7) of the time and of bits mixed from entropy and
    /// position.
    pub fn id(&self) -> Uuid {
        let millis = u128::try_from(self.at.0.div_euclid(1_000)).unwrap_or(0) & 0xffff_ffff_ffff;
        let low = mix(self.entropy ^ self.seq);
        let high = mix(low ^ self.entropy);
        let version = 0x7000 | u128::from(high & 0x0fff);
        let variant = (2 << 62) | u128::from(low >> 2);
        Uuid::from_u128(millis << 80 | version << 64 | variant)
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea, Flood 2014): every input bit moves every output bit.
fn mix(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Appends an event's entry to `out`. It never fails and never exceeds a leaf.
///
/// An entry that would exceed it is written again with its text, lists and strings cut, and with
/// `cut`, the SHA-256 of the canonical bytes it would have had; `action.commitment` stands for the
/// whole text in either case.
pub fn encode(out: &mut Vec<u8>, event: &Event, place: &Place<'_>) {
    let start = out.len();
    write(out, event, place, None);
    let whole = out.get(start..).unwrap_or_default();
    if whole.len() > ENTRY_MAX_BYTES {
        let digest = hex(&Sha256::digest(whole));
        out.truncate(start);
        write(out, event, place, Some(&digest));
    }
}

fn write(out: &mut Vec<u8>, event: &Event, place: &Place<'_>, cut: Option<&str>) {
    let room = if cut.is_some() {
        Room::TIGHT
    } else {
        Room::WIDE
    };
    let mut entry = Object::open(out, &room);
    entry.object("action", |o| action::write(o, event, &room, cut.is_some()));
    entry.object("admin", |o| parts::admin(o, event));
    entry.str_opt("cut", cut);
    entry.object("decision", |o| parts::decision(o, event));
    entry.object("grant", |o| parts::grant(o, event));
    entry.plain("id", place.id().hyphenated());
    entry.object("intent", |o| parts::intent(o, event));
    entry.str("origin", place.origin);
    entry.object("outcome", |o| parts::outcome(o, event));
    entry.object("rehearsal", |o| parts::rehearsal(o, event));
    entry.object("resource", |o| parts::resource(o, event));
    entry.object("review", |o| parts::review(o, event));
    entry.int("seq", place.seq);
    entry.object("session", |o| parts::session(o, event));
    entry.plain("time", place.at);
    entry.str("type", event.kind());
    entry.int("v", VERSION);
    entry.object("who", |o| parts::who(o, event));
    entry.close();
}

/// The whole session of an event, where it has one.
fn session_of(event: &Event) -> Option<&Session> {
    match event {
        Event::Decision { session, .. }
        | Event::Intent { session, .. }
        | Event::RehearsalBegun { session, .. }
        | Event::RehearsalEnded { session, .. }
        | Event::ReviewRequested { session, .. }
        | Event::SessionClosed { session, .. }
        | Event::SessionOpened { session, .. }
        | Event::Outcome {
            session: SessionRef::Whole(session),
            ..
        }
        | Event::ReviewEnded {
            session: SessionRef::Whole(session),
            ..
        } => Some(session),
        Event::Admin { .. }
        | Event::AuthFailed { .. }
        | Event::Gateway { .. }
        | Event::Grant { .. }
        | Event::Outcome {
            session: SessionRef::Id(_),
            ..
        }
        | Event::ReviewAnswered { .. }
        | Event::ReviewEnded {
            session: SessionRef::Id(_),
            ..
        } => None,
    }
}

/// The statement an event is about.
pub fn statement_of(event: &Event) -> Option<(SessionId, StatementId)> {
    match event {
        Event::Decision {
            session, statement, ..
        }
        | Event::Intent {
            session, statement, ..
        }
        | Event::RehearsalBegun { session, statement }
        | Event::RehearsalEnded {
            session, statement, ..
        }
        | Event::ReviewRequested {
            session, statement, ..
        } => Some((session.id, *statement)),
        Event::Outcome {
            session, statement, ..
        }
        | Event::ReviewEnded {
            session, statement, ..
        } => Some((session.id(), *statement)),
        Event::Admin { .. }
        | Event::AuthFailed { .. }
        | Event::Gateway { .. }
        | Event::Grant { .. }
        | Event::ReviewAnswered { .. }
        | Event::SessionClosed { .. }
        | Event::SessionOpened { .. } => None,
    }
}
