//! Which rows of a statement are taken by their place, and the keys of its order.
//!
//! Why: LIMIT and DISTINCT ON take the first of rows, and what they are the first by is told by
//! which these are.
//! What becomes of such an order is `level`'s.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::reader::{Reader, child, has_token};

/// The keys of an ORDER BY as they may stand outside of the statement: places and output names.
/// With `is_part`, those before the first that may not.
pub(crate) fn hoisted(node: &SyntaxNode, order: &SyntaxNode, is_part: bool) -> Option<String> {
    let outputs = outputs(node);
    let mut keys = String::new();
    for sort in order
        .descendants()
        .filter(|n| n.kind() == SyntaxKind::SORT_BY)
    {
        let operands = operands(&sort);
        let [key] = operands.as_slice() else {
            return None;
        };
        let is_place = key.kind() == SyntaxKind::LITERAL && has_token(key, SyntaxKind::INT_NUMBER);
        let text = sort.text().to_string();
        let written = key.text().to_string();
        let place = outputs.iter().position(|output| *output == written);
        // Of rows told apart by all they have, a name is an output's.
        let is_name = key.kind() == SyntaxKind::NAME_REF && !is_part;
        if is_place || is_name {
            keys.push_str(text.trim());
        } else if let Some(place) = place {
            let rest = text.trim().strip_prefix(written.as_str())?;
            keys.push_str(&(place + 1).to_string());
            keys.push_str(rest);
        } else if is_part {
            break;
        } else {
            return None;
        }
        keys.push_str(", ");
    }
    Some(keys)
}

/// The expressions of a SELECT's output columns; none where a star leaves their places open.
fn outputs(node: &SyntaxNode) -> Vec<String> {
    let select = child(node, SyntaxKind::SELECT_CLAUSE);
    let list = select.and_then(|select| child(&select, SyntaxKind::TARGET_LIST));
    let targets = list.iter().flat_map(SyntaxNode::children);
    let written = targets.map(|target| {
        let expression = operands(&target).into_iter().next()?;
        let text = expression.text().to_string();
        (!text.ends_with('*')).then_some(text)
    });
    written.collect::<Option<_>>().unwrap_or_default()
}

pub(crate) fn is_tail(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::LIMIT_CLAUSE
            | SyntaxKind::OFFSET_CLAUSE
            | SyntaxKind::FETCH_CLAUSE
            | SyntaxKind::LOCKING_CLAUSE
    )
}

/// Whether a statement takes rows by their place: LIMIT, OFFSET, FETCH, DISTINCT ON.
pub(crate) fn is_cut(node: &SyntaxNode) -> bool {
    let mut clauses = node.children().filter(|c| is_tail(c.kind()));
    clauses.any(|c| c.kind() != SyntaxKind::LOCKING_CLAUSE) || takes_first(node)
}

/// The keys of DISTINCT ON, each with a comma.
pub(crate) fn keys_on(node: &SyntaxNode) -> Vec<String> {
    let select = child(node, SyntaxKind::SELECT_CLAUSE);
    let distinct = select.and_then(|select| child(&select, SyntaxKind::DISTINCT_CLAUSE));
    let on = distinct.and_then(|distinct| child(&distinct, SyntaxKind::DISTINCT_ON));
    let keys = on.iter().flat_map(operands);
    keys.map(|key| format!("{}, ", key.text())).collect()
}

/// DISTINCT ON: of alike rows the first.
pub(crate) fn takes_first(node: &SyntaxNode) -> bool {
    !keys_on(node).is_empty()
}

/// WITH TIES: dice would change which rows there are.
pub(crate) fn has_ties(node: &SyntaxNode) -> bool {
    let fetch = child(node, SyntaxKind::FETCH_CLAUSE);
    fetch.is_some_and(|fetch| {
        let mut tokens = fetch.descendants_with_tokens();
        tokens.any(|element| element.kind() == SyntaxKind::TIES_KW)
    })
}

/// Whether an expression may be a sort key of it: a SELECT without DISTINCT.
pub(crate) fn is_plain(node: &SyntaxNode) -> bool {
    let select = child(node, SyntaxKind::SELECT_CLAUSE);
    node.kind() == SyntaxKind::SELECT
        && select.is_none_or(|select| child(&select, SyntaxKind::DISTINCT_CLAUSE).is_none())
}

/// Whether the last key of its order is the dice.
pub(crate) fn is_shuffled(node: &SyntaxNode) -> bool {
    let may_be = is_plain(node) || takes_first(node);
    child(node, SyntaxKind::ORDER_BY_CLAUSE).is_some_and(|order| may_be && is_diced(&order))
}

/// Whether the last key of an ORDER BY is the dice.
pub(crate) fn is_diced(order: &SyntaxNode) -> bool {
    let last = order
        .descendants()
        .filter(|n| n.kind() == SyntaxKind::SORT_BY)
        .last();
    let key = last.and_then(|sort| operands(&sort).into_iter().next());
    key.is_some_and(|key| {
        let callee = key.children().next();
        key.kind() == SyntaxKind::CALL_EXPR
            && callee
                .and_then(|callee| Reader::dotted(&callee))
                .is_some_and(|path| path == ["pg_catalog", "gen_random_uuid"])
    })
}
