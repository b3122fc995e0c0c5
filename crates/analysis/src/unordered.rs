//! Aggregates whose result does not hang on the order of what they are given.
//!
//! Why by type: equal values may look different (`1.0` and `1.00`, `-0` and `0`, `1 mon` and
//! `30 days`), and of equals the greatest is whichever came last; a sum of floats hangs on the
//! order it is made in. What is not on the list takes an order.

use catalog::Function;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::reader::{child, has_token};

/// Types whose equal values are the same value: `int2`, `int4`, `int8`, `oid`, `bool`, `name`,
/// `text`, `varchar`, `bytea`, `uuid`, `money`, `date`, `time`, `timestamp`, `timestamptz`.
const EXACT: [u32; 15] = [
    16, 17, 19, 20, 21, 23, 25, 26, 790, 1043, 1082, 1083, 1114, 1184, 2950,
];

/// Types that are added up exactly: `int2`, `int4`, `int8`, `numeric`.
const SUMMED: [u32; 4] = [20, 21, 23, 1700];

/// Whether one of `pg_catalog`'s gives the same for the same values in any order.
pub(crate) fn is_unordered(function: &Function) -> bool {
    let of = |types: &[u32]| {
        let mut arguments = function.arguments.iter();
        arguments.all(|argument| types.contains(argument))
    };
    match &*function.name {
        "bit_and" | "bit_or" | "bit_xor" | "bool_and" | "bool_or" | "count" | "cume_dist"
        | "dense_rank" | "every" | "percent_rank" | "rank" | "regr_count" => true,
        "max" | "min" => of(&EXACT),
        "avg" | "stddev" | "stddev_pop" | "stddev_samp" | "sum" | "var_pop" | "var_samp"
        | "variance" => of(&SUMMED),
        _ => false,
    }
}

/// Whether values of these types that are equal are the same, so that each once is the same in any
/// order.
pub(crate) fn are_exact(mut types: impl Iterator<Item = u32>) -> bool {
    types.all(|type_oid| EXACT.contains(&type_oid))
}

/// Whether a call's SELECT groups, so that its windows look at groups.
pub(crate) fn is_grouped(call: &SyntaxNode) -> bool {
    let select = call
        .ancestors()
        .find(|node| node.kind() == SyntaxKind::SELECT);
    select.is_some_and(|select| child(&select, SyntaxKind::GROUP_BY_CLAUSE).is_some())
}

/// Whether a call's window, or one its SELECT names, is a frame of so many rows.
pub(crate) fn counts_rows(call: &SyntaxNode) -> bool {
    let select = call
        .ancestors()
        .find(|node| node.kind() == SyntaxKind::SELECT);
    let named = select.iter().flat_map(SyntaxNode::children);
    let named = named.filter(|node| node.kind() == SyntaxKind::WINDOW_CLAUSE);
    let over = call
        .children()
        .filter(|node| node.kind() == SyntaxKind::OVER_CLAUSE);
    let mut within = over.chain(named).flat_map(|clause| clause.descendants());
    within.any(|node| has_token(&node, SyntaxKind::ROWS_KW))
}
