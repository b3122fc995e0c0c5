//! Casts that are written, and what AT TIME ZONE makes of a type.
//!
//! Why: a cast may keep a value as it is, cut it, fail by it, or call a user's function.
//! Which function it calls is in `overload`; which type is meant in `kinds`.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::expr::RECORD;
use crate::reader::Reader;
use crate::scope::Scope;
use crate::total::is_total_cast;
use crate::tree::{Role, role};
use crate::value::{Touch, Value};
use crate::world::{is_name_like, is_text_like};

impl Reader<'_> {
    /// A cast.
    pub(crate) fn cast(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Value {
        let kind = node.children().find(|c| role(c.kind()) == Role::Type);
        let (Some(inner), Some(kind)) = (operands(node).into_iter().next(), kind) else {
            self.unread(node);
            return Value::opaque(0);
        };
        let (value, parts) = if Self::is_listing(&inner) && self.world.catalog.has_users_casts() {
            self.listed(&inner, scope)
        } else {
            (self.expr(&inner, scope), Vec::new())
        };
        let written = self.written(&kind);
        // A literal is read by the type, a parameter is of it.
        self.casts(&value, written.oid);
        if inner.kind() != SyntaxKind::LITERAL {
            self.casts_within(&value, &parts, written.oid);
        }
        if value.is_constant && is_name_like(written.oid) {
            self.used_literal();
        }
        let keeps = !written.has_modifier
            && written.oid != 0
            // A row cast to another's type is cast field by field, and has that one's names.
            && written.oid != RECORD
            && (written.oid == value.type_oid
                || (is_text_like(written.oid)
                    && written.oid != 19
                    && is_text_like(value.type_oid)));
        let touch = value.touch;
        let is_constant = value.is_constant;
        // Of a value cast to a bool or cut short there are few; of any other nearly as many.
        let is_short = written.has_modifier || matches!(written.oid, 0 | 16 | 18);
        let from = value.from;
        let cast = if keeps {
            Value {
                type_oid: written.oid,
                ..value
            }
        } else {
            let value = self.computed(&[value], written.oid);
            self.told(value, is_total_cast(written.oid))
        };
        let touch = if touch == Touch::Column {
            touch
        } else {
            cast.touch
        };
        Value {
            from: if is_short { cast.from } else { from },
            is_constant,
            is_untyped: false,
            touch,
            ..cast
        }
    }
}

/// What AT TIME ZONE makes of a type.
pub(crate) fn zoned(type_oid: u32) -> u32 {
    match type_oid {
        1184 => 1114,
        1114 => 1184,
        1083 | 1266 => 1266,
        _ => 0,
    }
}
