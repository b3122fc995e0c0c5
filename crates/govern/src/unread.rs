//! The text that is read for a statement, and what stands for one that cannot be read.
//!
//! Why apart: what is not understood must be as visible to the rules as what is. A part made here
//! does nothing but carry its gap.

use std::sync::Arc;

use model::{Effects, Gap, Route, Statement};

use crate::OpenSession;

/// The text to read: the statement's own, or for a function call by oid the SELECT that would
/// call it.
pub(crate) fn text_of(
    session: &OpenSession,
    statement: &Statement,
) -> Result<Arc<str>, Unreadable> {
    if let Route::Function { oid } = statement.route {
        let catalog = session.catalog();
        let function = catalog
            .function(oid)
            .ok_or_else(|| Unreadable::function(oid))?;
        let arguments = vec!["NULL"; function.arguments.len()].join(", ");
        let (schema, name) = (quoted(&function.schema), quoted(&function.name));
        return Ok(format!("SELECT {schema}.{name}({arguments})").into());
    }
    let reads_utf8 = session.memory.lock().is_utf8();
    match std::str::from_utf8(&statement.text) {
        Ok(text) if reads_utf8 => Ok(text.into()),
        Ok(_) => Err(Unreadable {
            reason: "the target reads texts in another encoding than UTF-8",
            ..Unreadable::encoding(&statement.text)
        }),
        Err(_) => Err(Unreadable::encoding(&statement.text)),
    }
}

/// A part that stands for what a parameter does: the client declared it of a type whose values a
/// user's function checks, and no text names that type.
pub(crate) fn of_parameters(session: &OpenSession, statement: &Statement) -> Option<Effects> {
    let catalog = &session.catalog.load().value;
    if !catalog.has_loads() {
        return None;
    }
    let mut declared = statement.parameters.iter().map(|p| p.type_oid);
    let oid = declared.find(|oid| !catalog.made(*oid).is_empty())?;
    let name = catalog.type_of(oid).map_or("a type", |kind| &kind.name);
    Some(gap(
        "prepared",
        &format!("a parameter is declared as {name}, whose values a function checks"),
    ))
}

/// A text that cannot be read as the server would read it.
pub(crate) struct Unreadable {
    kind: &'static str,
    reason: &'static str,
    pub(crate) shown: Arc<str>,
}

impl Unreadable {
    fn encoding(text: &[u8]) -> Self {
        let shown = String::from_utf8_lossy(text).into();
        Self {
            kind: "encoding",
            reason: "the text is not valid UTF-8",
            shown,
        }
    }

    fn function(oid: u32) -> Self {
        let shown = format!("-- FunctionCall of oid {oid}").into();
        Self {
            kind: "function",
            reason: "no function of that oid is known",
            shown,
        }
    }

    pub(crate) fn effects(&self) -> Effects {
        gap(self.kind, self.reason)
    }
}

/// A part of which this much is known: that it cannot be known.
pub(crate) fn gap(kind: &str, reason: &str) -> Effects {
    let gap = Gap {
        kind: kind.to_owned(),
        reason: reason.to_owned(),
    };
    Effects {
        gaps: vec![gap],
        kind: crate::memory::UNREADABLE.to_owned(),
        ..Effects::default()
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
