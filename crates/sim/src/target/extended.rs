//! The extended protocol at the target: Parse, Bind, Describe, Execute.

use super::{Portal, Prepared, Target};
use crate::dice::Dice;
use crate::frames::{Body, put};
use crate::sql::{self, Part, Shown};
use crate::tap::Tap;

impl Target {
    pub(super) fn parse(&mut self, body: &mut Body<'_>, tap: &mut Tap) {
        let (name, text) = (body.text(), body.text());
        let types = (0..body.short()).map(|_| body.word()).collect();
        let parts = sql::parts(&text);
        if !text.starts_with("PORTCULLIS REFUSED") {
            tap.prepares(self.session, &text, None);
        }
        let ends = |part: &Part| matches!(part, Part::Commit | Part::Rollback | Part::RollbackTo);
        if parts.contains(&Part::SyntaxError) || parts.len() > 1 {
            return self.error("42601", "syntax error");
        }
        if self.status == b'E' && !parts.iter().any(ends) {
            return self.error("25P02", "current transaction is aborted");
        }
        if !name.is_empty() && self.statements.contains_key(&name) {
            return self.error("42P05", "prepared statement already exists");
        }
        self.is_implicit = true;
        self.statements.insert(name, Prepared { text, types });
        put(&mut self.outbox, b'1', &[]);
    }

    pub(super) fn bind(&mut self, body: &mut Body<'_>, tap: &mut Tap) {
        let (name, of) = (body.text(), body.text());
        let Some(prepared) = self.statements.get(&of).cloned() else {
            return self.error("26000", "no such prepared statement");
        };
        let formats: Vec<_> = (0..body.short()).map(|_| body.short()).collect();
        let bound = (0..body.short()).map(|at| {
            let at = usize::try_from(at).unwrap_or_default();
            let is_binary = *formats.get(at).or(formats.first()).unwrap_or(&0) == 1;
            let length = body.word();
            let value = (length != u32::MAX).then(|| body.bytes(length as usize));
            (
                prepared.types.get(at).copied().unwrap_or(0),
                is_binary,
                value,
            )
        });
        let bound: Vec<_> = bound.collect();
        let formats = (0..body.short()).map(|_| body.short()).collect();
        tap.prepares(self.session, &prepared.text, Some(&bound));
        let parts = sql::parts(&prepared.text);
        let ends = |part: &Part| matches!(part, Part::Commit | Part::Rollback | Part::RollbackTo);
        if self.status == b'E' && !parts.iter().any(ends) {
            return self.error("25P02", "current transaction is aborted");
        }
        if !name.is_empty() && self.portals.contains_key(&name) {
            return self.error("42P03", "cursor already exists");
        }
        self.is_implicit = true;
        self.portals.insert(
            name,
            Portal {
                bound,
                formats,
                is_done: false,
                rows_left: 3,
                run: None,
                text: prepared.text,
            },
        );
        put(&mut self.outbox, b'2', &[]);
    }

    pub(super) fn describe(&mut self, body: &mut Body<'_>) {
        let is_statement = body.byte() == b'S';
        let name = body.text();
        let found = if is_statement {
            let found = self.statements.get(&name);
            found.map(|prepared| (prepared.text.clone(), Vec::new()))
        } else {
            let found = self.portals.get(&name);
            found.map(|portal| (portal.text.clone(), portal.formats.clone()))
        };
        let Some((text, formats)) = found else {
            return self.error("26000", "nothing of that name");
        };
        if is_statement {
            let takes = text.contains("$1");
            let body: &[u8] = if takes { &[0, 1, 0, 0, 0, 23] } else { &[0, 0] };
            put(&mut self.outbox, b't', body);
        }
        match sql::parts(&text).first().and_then(Part::columns) {
            Some(columns) => self.row_description(columns, &formats),
            None => put(&mut self.outbox, b'n', &[]),
        }
    }

    pub(super) fn execute(&mut self, body: &mut Body<'_>, tap: &mut Tap, dice: &mut Dice) {
        let name = body.text();
        let most = body.word() as usize;
        let Some(mut portal) = self.portals.get(&name).cloned() else {
            return self.error("34000", "no such portal");
        };
        // A portal goes on under the permit it began with, if that still lives.
        let again = portal.run.map(|(_, id)| id);
        let (mark, id) = tap.runs(self.session, &portal.text, &portal.bound, "execute", again);
        portal.run = id.map(|id| (mark, id));
        let parts = sql::parts(&portal.text);
        let part = parts.first().cloned().unwrap_or(Part::Empty);
        let rows_left = portal.rows_left;
        match &part {
            part if portal.is_done && part.columns().is_some() => self.complete("SELECT 0"),
            _ if portal.is_done => self.error("55000", "portal cannot be run"),
            Part::CopyIn if self.status != b'E' => {
                self.copying = Some((false, id));
                put(&mut self.outbox, b'G', &[0, 0, 2, 0, 0, 0, 0]);
            }
            Part::Empty => put(&mut self.outbox, b'I', &[]),
            Part::Select(columns) if most > 0 && most < rows_left && self.status != b'E' => {
                if !columns.contains(&Shown::EmailAsNumber) {
                    self.rows(columns, (mark, most, &portal.formats));
                    portal.rows_left -= most;
                    put(&mut self.outbox, b's', &[]);
                    self.portals.insert(name, portal);
                    return;
                }
                self.run(&part, (mark, 0, &portal.formats), tap);
            }
            _ => {
                self.run(&part, (mark, portal.rows_left, &portal.formats), tap);
                portal.rows_left = 0;
            }
        }
        portal.is_done = true;
        if self.copying.is_none() {
            tap.ended(self.session, id, !self.skips);
        }
        if let Some(kept) = self.portals.get_mut(&name) {
            *kept = portal;
        }
        self.is_implicit |= self.status == b'I' && !self.skips && !ends_implicit(&part);
        self.stalls = dice.one_in(12);
    }
}

/// Transaction control in a pipeline ends what was implicit.
fn ends_implicit(part: &Part) -> bool {
    matches!(part, Part::Commit | Part::Rollback)
}
