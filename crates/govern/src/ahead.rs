//! Asking ahead of time: from what somebody would like to a review that people answer.
//!
//! Why here: who must say yes, and whether anybody can, is policy's to say, of the columns the
//! catalog has now; only the governor has both. It opens no review and gives no right: `reviewers`
//! does, once everybody it needs said yes. What a grant then answers is judged at each statement.

use std::sync::Arc;

use catalog::{Catalog, Relation, RelationKind};
use model::grant::AHEAD;
use model::{
    Ahead, ColumnRef, Identity, Refusal, RefusalKind, Review, ReviewState, Scope, Session,
    SessionId, StatementId, TargetFacts, Timestamp,
};
use policy::{Access, Askable, History};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Governor;
use crate::advise::Adviser;
use crate::record::hex;

/// What somebody would like to have for a time: columns to see, or else the target itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// For how long, seconds.
    pub for_s: u32,
    /// Why.
    pub reason: String,
    /// `table.column` or `schema.table.column`; a column of `*` is every masked one.
    #[serde(default)]
    pub reveal: Vec<String>,
}

impl Governor {
    /// The review that asks for this, as it would be put before people; a refusal where nobody
    /// could give it, or where it is there already. Nothing is recorded or opened yet.
    pub fn ask(
        &self,
        identity: Identity,
        target: &Arc<TargetFacts>,
        asked: &Request,
    ) -> Result<Review, Refusal> {
        self.check(asked)?;
        let now = self.clock.now();
        let session = imagined(identity, target, now);
        let (rules, grants, history) = (self.rules(), self.reviews.grants(), History::default());
        let access = Access {
            effects: &[],
            estimated_rows: -1,
            fingerprint: "",
            grants: &grants,
            history: &history,
            intent: &model::Intent::default(),
            now,
            session: &session,
            startup: &[],
        };
        let connect = rules.askable(&access, &Scope::Access);
        let is_let_in = matches!(&connect, Ok(askable) if askable.holds.is_empty());
        let (scope, askable) = if asked.reveal.is_empty() {
            (Scope::Access, connect.map_err(|no| refused(no.0, no.1))?)
        } else if !is_let_in {
            let message = format!(
                "you may not use {} yet, let alone see what is in it",
                target.name
            );
            let hint = format!(
                "ask for that first: portcullis request {} --for 1h",
                target.name
            );
            return Err(refused(message, Some(hint)));
        } else {
            let catalog = self.catalog(&target.name).ok_or_else(|| unread(target))?;
            let adviser = Adviser {
                catalog: &catalog,
                grants: &grants,
                history: &history,
                intent: &model::Intent::default(),
                now,
                rules: &rules,
                session: &session,
            };
            let sees = |relation: &Relation| adviser.sees(&relation.schema, &relation.name);
            let scope = Scope::Reveal(self.columns(&catalog, &sees, &asked.reveal)?);
            let askable = rules.askable(&access, &scope);
            (scope, askable.map_err(|no| refused(no.0, no.1))?)
        };
        within(&askable, asked)?;
        Ok(self.put(&session, scope, askable, asked))
    }

    /// An id for a review.
    pub(crate) fn review_id(&self) -> model::ReviewId {
        model::ReviewId((self.ids)())
    }

    fn check(&self, asked: &Request) -> Result<(), Refusal> {
        let most = self.limits.reason_chars;
        if asked.reason.trim().is_empty() || asked.reason.chars().count() > most {
            let message = format!("a reason has 1 to {most} characters");
            let hint = "say why: those who answer read it, and the ledger keeps it".to_owned();
            return Err(refused(message, Some(hint)));
        }
        if asked.for_s == 0 {
            let hint = "--for 30m, --for 2h".to_owned();
            return Err(refused(
                "a right is given for a time".to_owned(),
                Some(hint),
            ));
        }
        Ok(())
    }

    /// The columns these names mean, sorted, each once.
    fn columns(
        &self,
        catalog: &Catalog,
        sees: &dyn Fn(&Relation) -> bool,
        names: &[String],
    ) -> Result<Vec<ColumnRef>, Refusal> {
        let mut columns = Vec::new();
        for name in names {
            columns.extend(resolve(catalog, sees, name)?);
        }
        columns.sort_unstable();
        columns.dedup();
        let most = self.limits.ask_columns;
        if columns.len() > most {
            let message = format!("{} columns are asked for, {most} at most", columns.len());
            return Err(refused(message, None));
        }
        Ok(columns)
    }

    fn put(&self, session: &Session, scope: Scope, asked: Askable, request: &Request) -> Review {
        let (identity, target, now) = (&session.identity, &session.target, session.opened);
        let ahead = Ahead {
            database: target.database.clone(),
            for_s: request.for_s,
            reason: request.reason.trim().to_owned(),
            scope,
        };
        let shown = |c: &ColumnRef| {
            let class = c.class.map_or("unclassified", model::Class::as_str);
            format!("reveal {}.{}.{} ({class})", c.schema, c.table, c.column)
        };
        let effects = match &ahead.scope {
            Scope::Reveal(columns) => columns.iter().map(shown).collect(),
            Scope::Access => vec![format!("use {} as its groups may", target.name)],
        };
        let acts_for = identity.acts_for.as_ref();
        Review {
            acts_for: acts_for.map(|subject| subject.name.clone()),
            binding: binding(session, &ahead),
            created: now,
            effects,
            expires: now.plus_s(i64::from(self.limits.ask_s)),
            holds: asked.holds,
            id: self.review_id(),
            kind: identity.subject.kind,
            parameters: Vec::new(),
            policy_version: self.rules().version().to_string(),
            principal: identity.name().clone(),
            rehearsal: None,
            session: session.id,
            state: ReviewState::Open,
            statement: StatementId(0),
            target: target.name.clone(),
            text: sentence(&ahead, target),
            votes: Vec::new(),
            ahead: Some(ahead),
        }
    }
}

/// A session that is only thought of: no address, no intent, nothing done yet.
fn imagined(identity: Identity, target: &Arc<TargetFacts>, now: Timestamp) -> Session {
    Session {
        address: None,
        application_name: None,
        id: SessionId(Uuid::nil()),
        identity: Arc::new(identity),
        intent: None,
        is_encrypted: true,
        opened: now,
        target: target.clone(),
    }
}

fn refused(message: String, hint: Option<String>) -> Refusal {
    let mut refusal = Refusal::new(RefusalKind::Denied, message);
    refusal.hint = hint;
    refusal
}

fn unread(target: &TargetFacts) -> Refusal {
    let message = format!("the catalog of {} has not been read yet", target.name);
    refused(message, Some("`portcullis doctor` says why".to_owned()))
}

fn within(askable: &Askable, asked: &Request) -> Result<(), Refusal> {
    if askable.holds.is_empty() {
        let message = "you have that already".to_owned();
        return Err(refused(
            message,
            Some("nobody needs to be asked".to_owned()),
        ));
    }
    if asked.for_s > askable.most_s {
        let message = format!("this is given for {} at most", span(askable.most_s));
        let hint = format!("--for {}", span(askable.most_s));
        return Err(refused(message, Some(hint)));
    }
    Ok(())
}

/// The classified columns one name means.
fn resolve(
    catalog: &Catalog,
    sees: &dyn Fn(&Relation) -> bool,
    text: &str,
) -> Result<Vec<ColumnRef>, Refusal> {
    let shown: String = text.escape_default().take(200).collect();
    let names = names(text);
    let (schema, table, column) = match names.as_deref() {
        Some([table, column]) => (None, table, column),
        Some([schema, table, column]) => (Some(schema), table, column),
        _ => {
            let message = format!("{shown} names no column");
            return Err(refused(
                message,
                Some("TABLE.COLUMN or SCHEMA.TABLE.COLUMN".to_owned()),
            ));
        }
    };
    let mut found = { catalog.relations() }.filter(|relation| {
        *relation.name == **table && schema.is_none_or(|schema| *relation.schema == **schema)
    });
    let found: Vec<&Relation> = found.by_ref().filter(|relation| sees(relation)).collect();
    let relation = match found.as_slice() {
        [one] => one,
        [] => {
            return Err(refused(
                format!("there is no table for {shown} that you may read"),
                None,
            ));
        }
        _ => {
            let message = format!("{shown} means a column of more than one schema");
            return Err(refused(message, Some("SCHEMA.TABLE.COLUMN".to_owned())));
        }
    };
    if relation.kind == RelationKind::View {
        let message = format!("{shown} is a column of a view");
        let hint = "ask for the column of the table that it shows".to_owned();
        return Err(refused(message, Some(hint)));
    }
    let is_meant = |name: &str| &**column == "*" || **column == *name;
    let columns = relation
        .columns
        .iter()
        .filter(|known| is_meant(&known.name));
    let columns: Vec<ColumnRef> = columns
        .filter(|known| known.class.is_some())
        .map(|known| ColumnRef {
            class: known.class,
            column: known.name.to_string(),
            number: known.number,
            relation_oid: relation.oid,
            schema: relation.schema.to_string(),
            table: relation.name.to_string(),
        })
        .collect();
    if columns.is_empty() {
        let message = format!("there is no masked column {shown}");
        let hint = "`portcullis catalog show` lists what is masked".to_owned();
        return Err(refused(message, Some(hint)));
    }
    Ok(columns)
}

/// The parts of a name as SQL would read it: folded to lower case where they are not quoted.
fn names(text: &str) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let (mut is_quoted, mut rest) = (false, text.trim().chars().peekable());
    while let Some(next) = rest.next() {
        let last = parts.last_mut()?;
        match next {
            '"' if is_quoted && rest.next_if_eq(&'"').is_some() => last.push('"'),
            '"' => is_quoted = !is_quoted,
            '.' if !is_quoted => parts.push(String::new()),
            next if is_quoted => last.push(next),
            next => last.extend(next.to_lowercase()),
        }
    }
    let is_whole = !is_quoted && parts.iter().all(|part| !part.is_empty());
    is_whole.then_some(parts)
}

/// What an answer binds to: who, for whom, where, what, for how long and why.
fn binding(session: &Session, ahead: &Ahead) -> String {
    let identity = &session.identity;
    let acts_for = identity.acts_for.as_ref();
    let mut sum = Sha256::new();
    let mut field = |text: &str| {
        sum.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        sum.update(text);
    };
    field(identity.name().as_str());
    field(acts_for.map_or("", |subject| subject.name.as_str()));
    field(session.target.name.as_str());
    field(&ahead.database);
    field(ahead.scope.as_str());
    for column in ahead.scope.columns() {
        field(&format!("{column:?}"));
    }
    field(&ahead.for_s.to_string());
    field(&ahead.reason);
    format!("{AHEAD}{}", hex(&sum.finalize()).split_off(2))
}

fn sentence(ahead: &Ahead, target: &TargetFacts) -> String {
    let (for_how_long, target) = (span(ahead.for_s), &target.name);
    match &ahead.scope {
        Scope::Access => format!("use {target} for {for_how_long}"),
        Scope::Reveal(_) => {
            let names = ahead.scope.names().join(", ");
            format!("see {names} at {target} for {for_how_long}")
        }
    }
}

/// A time in its largest whole unit, as `--for` takes it.
fn span(seconds: u32) -> String {
    let units = [(86_400, 'd'), (3_600, 'h'), (60, 'm')];
    let whole = units
        .into_iter()
        .find(|(unit, _)| seconds.is_multiple_of(*unit));
    whole.map_or_else(
        || format!("{seconds}s"),
        |(unit, word)| format!("{}{word}", seconds / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_sql_reads_them() {
        let table: [(&str, Option<&[&str]>); 7] = [
            ("customers.email", Some(&["customers", "email"])),
            (
                "Public.Customers.EMail",
                Some(&["public", "customers", "email"]),
            ),
            ("\"Odd.Name\".\"a\"\"b\"", Some(&["Odd.Name", "a\"b"])),
            ("customers.*", Some(&["customers", "*"])),
            ("\"open.email", None),
            ("customers.", None),
            ("", None),
        ];
        for (text, wanted) in table {
            let found = names(text);
            let found = found
                .as_ref()
                .map(|parts| parts.iter().map(|p| &**p).collect::<Vec<_>>());
            assert_eq!(found.as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn times_are_said_in_their_largest_unit() {
        for (seconds, word) in [(7_200, "2h"), (90, "90s"), (5_400, "90m"), (86_400, "1d")] {
            assert_eq!(span(seconds), word);
        }
    }
}
