//! Every kind of node the grammar has, and what it is to the reader.
//!
//! Why: an upgrade of the grammar may add a kind, and what nobody has thought of must not pass as
//! something that was. `kinds.txt` names them all; `BLESS_CASES=1` writes it anew, and whoever
//! does reads what came. A `clause` is read by name where it stands, and is a gap anywhere else.

use std::fmt::Write as _;
use std::path::Path;

use squawk_syntax::SyntaxKind;
use squawk_syntax::ast::{self, AstNode};

use super::{Role, keyword_function, role};
use crate::from::is_item;
use crate::write::is_write;

/// Every kind of node, tokens left out.
fn kinds() -> impl Iterator<Item = SyntaxKind> {
    let first = SyntaxKind::WHITESPACE as u16 + 1;
    (first..SyntaxKind::__LAST as u16).map(SyntaxKind::from)
}

fn word(kind: SyntaxKind) -> &'static str {
    match role(kind) {
        _ if ast::Stmt::can_cast(kind) => "statement",
        Role::Condition => "condition",
        Role::Expression => "expression",
        Role::Holder => "holder",
        Role::Inert => "inert",
        Role::Order => "order",
        Role::Select => "select",
        Role::Type => "type",
        Role::Unknown if keyword_function(kind).is_some() => "function",
        Role::Unknown if is_item(kind) => "item",
        Role::Unknown => "clause",
    }
}

#[test]
fn every_kind_of_node_stands_in_the_list() {
    let mut now = String::new();
    for kind in kinds() {
        writeln!(now, "{kind:?} {}", word(kind)).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tree/kinds.txt");
    if std::env::var_os("BLESS_CASES").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let listed = std::fs::read_to_string(&path).unwrap();
    let differs: Vec<&str> = now
        .lines()
        .filter(|line| !listed.lines().any(|known| known == *line))
        .collect();
    assert!(differs.is_empty(), "not in kinds.txt: {differs:#?}");
    assert_eq!(now.lines().count(), listed.lines().count());
}

#[test]
fn every_form_of_the_grammars_unions_has_a_reader() {
    let mut missing = Vec::new();
    for kind in kinds() {
        let is_read = |wanted: bool| !wanted;
        // `GRAPH_TABLE (…)` is an item, `EXISTS (…)` stands in its call: both are read there.
        let is_apart = matches!(
            kind,
            SyntaxKind::EXISTS_FN | SyntaxKind::GRAPH_TABLE_FN | SyntaxKind::PERCENT_TYPE
        );
        let expression = is_read(ast::Expr::can_cast(kind))
            || role(kind) == Role::Expression
            || keyword_function(kind).is_some();
        let select = is_read(ast::SelectVariant::can_cast(kind)) || role(kind) == Role::Select;
        let item = is_read(ast::FromItem::can_cast(kind)) || is_item(kind);
        let typed = is_read(ast::Type::can_cast(kind)) || role(kind) == Role::Type;
        let with =
            is_read(ast::WithQuery::can_cast(kind)) || role(kind) == Role::Select || is_write(kind);
        if !(is_apart || expression && select && item && typed && with) {
            missing.push(kind);
        }
    }
    assert!(missing.is_empty(), "nobody reads {missing:?}");
}
