//! Types as they are written: which type, and whether it has a modifier.
//!
//! Why: a cast to text keeps the text of a text-like column, one to `varchar(3)` does not, and a
//! constant cast to `regclass` names a relation.
//! The catalog knows no casts: one between types of the server is taken for the server's.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::name;
use crate::reader::{Reader, child, has_token};
use crate::world::spelled;

/// A type as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) has_modifier: bool,
    pub(crate) oid: u32,
}

impl Reader<'_> {
    /// The type a node names; one that is not found is a gap.
    pub(crate) fn written(&mut self, node: &SyntaxNode) -> Written {
        let zoned = child(node, SyntaxKind::WITH_TIMEZONE).is_some();
        let has_arguments = child(node, SyntaxKind::ARG_LIST).is_some()
            || child(node, SyntaxKind::LITERAL).is_some();
        let oid = match node.kind() {
            SyntaxKind::VARCHAR_TYPE => 1043,
            // Plain `char` is `char(1)`.
            SyntaxKind::CHARACTER_TYPE => {
                return Written {
                    has_modifier: true,
                    oid: 1042,
                };
            }
            SyntaxKind::BIT_TYPE => {
                return Written {
                    has_modifier: true,
                    oid: 1560,
                };
            }
            SyntaxKind::BIT_VARYING_TYPE => 1562,
            SyntaxKind::DOUBLE_TYPE => 701,
            SyntaxKind::TIME_TYPE => 1083 + u32::from(zoned) * (1266 - 1083),
            SyntaxKind::TIMESTAMP_TYPE => 1114 + u32::from(zoned) * (1184 - 1114),
            SyntaxKind::INTERVAL_TYPE => 1186,
            SyntaxKind::ARRAY_TYPE => return self.written_array(node),
            _ => self.written_path(node),
        };
        Written {
            has_modifier: has_arguments,
            oid,
        }
    }

    fn written_array(&mut self, node: &SyntaxNode) -> Written {
        let inner = node
            .children()
            .find(|c| c.kind() != SyntaxKind::ARRAY_BOUND);
        let element = match inner {
            Some(inner) => self.written(&inner),
            None => {
                return Written {
                    has_modifier: true,
                    oid: 0,
                };
            }
        };
        let array = self.world.catalog.type_of(element.oid).and_then(|kind| {
            self.world
                .catalog
                .type_in(&kind.schema, &format!("_{}", kind.name))
        });
        Written {
            oid: array.map_or(0, |array| array.oid),
            ..element
        }
    }

    fn written_path(&mut self, node: &SyntaxNode) -> u32 {
        let (schema, name) = name::qualified(node);
        let is_quoted = node
            .descendants_with_tokens()
            .filter_map(squawk_syntax::SyntaxElement::into_token)
            .any(|token| token.text().contains('"'));
        let name = match &schema {
            None if !is_quoted => spelled(&name).to_owned(),
            _ => name,
        };
        let mut oid = self.world.type_oid(schema.as_deref(), &name);
        if oid == 0 && schema.is_none() {
            oid = counted(&name);
        }
        if oid == 0 && self.world.relation(schema.as_deref(), &name).is_ok() {
            // A relation's row type the catalog lists as the relation alone.
            oid = 2249;
        }
        if let (2249, Ok(relation)) = (oid, self.world.relation(schema.as_deref(), &name)) {
            self.makes_row(relation);
        }
        self.makes(oid);
        if oid == 0 {
            self.notes
                .gap("function", format!("type {name} is not in the catalog"));
        }
        if has_token(node, SyntaxKind::SETOF_KW) {
            self.unread(node);
        }
        oid
    }
}

/// What a column is of that is said to be `serial`.
fn counted(name: &str) -> u32 {
    match name {
        "serial" | "serial4" => 23,
        "bigserial" | "serial8" => 20,
        "smallserial" | "serial2" => 21,
        _ => 0,
    }
}

/// The type of a value that has a word of its own.
pub(crate) fn session_value(kind: SyntaxKind) -> Option<u32> {
    Some(match kind {
        SyntaxKind::CURRENT_DATE_KW => 1082,
        SyntaxKind::CURRENT_TIME_KW => 1266,
        SyntaxKind::CURRENT_TIMESTAMP_KW => 1184,
        SyntaxKind::LOCALTIME_KW => 1083,
        SyntaxKind::LOCALTIMESTAMP_KW => 1114,
        SyntaxKind::CURRENT_CATALOG_KW
        | SyntaxKind::CURRENT_ROLE_KW
        | SyntaxKind::CURRENT_SCHEMA_KW
        | SyntaxKind::CURRENT_USER_KW
        | SyntaxKind::SESSION_USER_KW
        | SyntaxKind::SYSTEM_USER_KW
        | SyntaxKind::USER_KW => 19,
        _ => return None,
    })
}
