//! Our own answer to a statement addressed to us: the target never hears of it.
//!
//! Only where the flight is that one statement: beside others the answer's place among theirs
//! would be ours to invent, so then it is refused with a hint.

use model::{Format, Refusal, RefusalKind, StatementId};
use wire::{Fault, Reply};

use crate::bytes::message;
use crate::flight::Kind;
use crate::message::client::format_of;
use crate::message::made;
use crate::names::Portal;
use crate::open::{Open, Turn};
use crate::outbox::Outbox;
use crate::running::Running;

/// `text` in `pg_type`.
const TEXT: u32 = 25;

impl Open {
    pub(crate) fn reply(
        &mut self,
        id: StatementId,
        reply: &Reply,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let Some(judging) = self.judged(id)? else {
            return Ok(());
        };
        let is_alone = judging.admitted.is_empty() && judging.waiting.is_empty();
        let is_plain = |kind: &Kind| {
            !matches!(
                kind,
                Kind::ClosePortal(_) | Kind::CloseStatement(_) | Kind::Function
            )
        };
        if !is_alone || !judging.ready.steps.iter().all(|(kind, ..)| is_plain(kind)) {
            let text = "a statement to Portcullis itself must stand alone";
            let refusal = Refusal::new(RefusalKind::Denied, text);
            return self.refuse(
                &refusal.hint("Send it between other statements, alone."),
                out,
            );
        }
        let Some(judging) = self.take_judging() else {
            return Ok(());
        };
        let mut is_synced = false;
        for (kind, ..) in judging.ready.steps {
            is_synced |= matches!(kind, Kind::Query | Kind::Sync);
            self.answer_step(kind, reply, out)?;
        }
        if is_synced && self.desk.has_segment {
            self.turn = Turn::Running(Running::sync(out));
            return Ok(());
        }
        if is_synced {
            let status = self.desk.status;
            out.tell(None, |bytes| made::ready(bytes, status))?;
            if status == b'I' {
                let dead = self.desk.names.end_transaction();
                self.desk
                    .ended
                    .extend(dead.into_iter().map(|permit| (permit.id, permit.tally)));
                self.tell_ended(Some(status), out);
            }
        }
        self.resume(out)
    }

    fn answer_step(&mut self, kind: Kind, reply: &Reply, out: &mut Outbox) -> Result<(), Fault> {
        let names = &mut self.desk.names;
        let ended = &mut self.desk.ended;
        out.tell(None, |bytes| match kind {
            Kind::Parse { name, prepared } => {
                names.parsed(name, prepared);
                message(bytes, b'1', |_| Ok(()))
            }
            Kind::Bind { name, portal } => {
                let over = names.bound(name, portal);
                ended.extend(over.map(|permit| (permit.id, permit.tally)));
                message(bytes, b'2', |_| Ok(()))
            }
            Kind::DescribeStatement(_) => {
                parameters(reply, bytes)?;
                columns(reply, None, bytes)
            }
            Kind::DescribePortal(portal) => columns(reply, Some(&portal), bytes),
            Kind::Execute { .. } => result(reply, bytes),
            Kind::Query => {
                if !reply.columns.is_empty() {
                    columns(reply, None, bytes)?;
                }
                result(reply, bytes)
            }
            Kind::Abort
            | Kind::ClosePortal(_)
            | Kind::CloseStatement(_)
            | Kind::Flush
            | Kind::Function
            | Kind::Own(_)
            | Kind::Sync => Ok(()),
        })
    }
}

fn columns(reply: &Reply, portal: Option<&Portal>, out: &mut Vec<u8>) -> Result<(), Fault> {
    if reply.columns.is_empty() {
        return message(out, b'n', |_| Ok(()));
    }
    let formats = portal
        .map(|portal| portal.formats.as_slice())
        .unwrap_or_default();
    // A text's binary form is its text form: the code alone differs.
    let code = |index| u16::from(format_of(formats, index) == Format::Binary);
    let columns = reply.columns.iter().enumerate();
    let columns: Vec<_> = columns
        .map(|(index, name)| (name.as_str(), code(index)))
        .collect();
    made::text_columns(out, &columns)
}

/// What a client may bind: any text, since none is read.
fn parameters(reply: &Reply, out: &mut Vec<u8>) -> Result<(), Fault> {
    message(out, b't', |bytes| {
        bytes.extend_from_slice(&reply.parameters.to_be_bytes());
        for _ in 0..reply.parameters {
            bytes.extend_from_slice(&TEXT.to_be_bytes());
        }
        Ok(())
    })
}

fn result(reply: &Reply, out: &mut Vec<u8>) -> Result<(), Fault> {
    for row in &reply.rows {
        made::text_row(out, row)?;
    }
    made::complete(out, &reply.tag)
}
