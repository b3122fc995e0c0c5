//! Which kinds of node are expressions, selects, or only hold others.
//!
//! Why: no node may be passed over because nobody thought of it: what stands in none of these
//! lists is a gap.
//! It reads nothing.
// tidy: table — kinds of node, by name

#[allow(
    clippy::enum_glob_use,
    clippy::wildcard_imports,
    reason = "a table of these alone"
)]
use squawk_syntax::SyntaxKind::{self, *};

/// What a node is to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A condition in FILTER or a graph or JSON clause.
    Condition,
    /// An expression.
    Expression,
    /// Holds expressions, and is nothing itself.
    Holder,
    /// Words and names that neither read nor call.
    Inert,
    /// ORDER BY within an aggregate.
    Order,
    /// A statement that gives rows.
    Select,
    /// A type's name.
    Type,
    /// Not known here.
    Unknown,
}

/// The role of that kind of node within an expression.
pub(crate) fn role(kind: SyntaxKind) -> Role {
    match kind {
        ARRAY_EXPR | BETWEEN_EXPR | BIN_EXPR | CALL_EXPR | CASE_EXPR | CAST_EXPR | COLLATE
        | FIELD_EXPR | INDEX_EXPR | LITERAL | NAME_REF | PAREN_EXPR | POSTFIX_EXPR
        | PREFIX_EXPR | SLICE_EXPR | TUPLE_EXPR => Role::Expression,
        COMPOUND_SELECT | PAREN_SELECT | SELECT | SELECT_INTO | TABLE | VALUES => Role::Select,
        FILTER_CLAUSE => Role::Condition,
        ORDER_BY_CLAUSE => Role::Order,
        ARRAY_TYPE | BIT_TYPE | BIT_VARYING_TYPE | CHARACTER_TYPE | DOUBLE_TYPE | INTERVAL_TYPE
        | PATH_TYPE | TIMESTAMP_TYPE | TIME_TYPE | VARCHAR_TYPE => Role::Type,
        _ if is_holder(kind) => Role::Holder,
        _ if is_inert(kind) => Role::Inert,
        _ => Role::Unknown,
    }
}

/// Whether a node is made of a sub-select's rows.
pub(crate) fn is_of_rows(node: &squawk_syntax::SyntaxNode) -> bool {
    node.children().any(|c| role(c.kind()) == Role::Select)
}

fn is_holder(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        ARG | ARG_LIST
            | EXPR_AS_ELEMENT_TAG
            | EXPR_AS_ELEMENT_TAG_LIST
            | EXPR_AS_XML_ATTR
            | EXPR_AS_XML_ATTR_LIST
            | EXPR_FOLLOWING
            | EXPR_PRECEDING
            | FRAME_BETWEEN
            | FRAME_CLAUSE
            | JSON_BEHAVIOR_DEFAULT
            | JSON_EXPR_FORMAT
            | JSON_KEY_VALUE
            | JSON_ON_EMPTY_CLAUSE
            | JSON_ON_ERROR_CLAUSE
            | JSON_PASSING_ARG
            | JSON_PASSING_CLAUSE
            | JSON_PATH_CLAUSE
            | JSON_RETURNING_CLAUSE
            | JSON_SELECT_FORMAT
            | JSON_TABLE
            | JSON_TABLE_COLUMN_LIST
            | JSON_TABLE_EXISTS_COLUMN
            | JSON_TABLE_NESTED_COLUMN
            | JSON_TABLE_VALUE_COLUMN
            | JSON_VALUE_EXPR
            | NAMED_ARG
            | OPTION_DEFAULT
            | OPTION_IDENT
            | OPTION_PATH
            | OVERLAY_EXPRS
            | OVERLAY_PLACING
            | PARTITION_BY_CLAUSE
            | REPEATABLE_CLAUSE
            | SUBSTRING_EXPRS
            | SUBSTRING_FOR_FROM
            | SUBSTRING_FROM_FOR
            | SUBSTRING_SIMILAR_ESCAPE
            | TRIM_EXPRS
            | TRIM_EXPR_FROM
            | TRIM_FROM
            | WITHIN_CLAUSE
            | XML_COLUMN_OPTION_LIST
            | XML_NAMESPACE
            | XML_NAMESPACE_LIST
            | XML_PASSING_DOC
            | XML_ROW_PASSING_CLAUSE
            | XML_TABLE
            | XML_TABLE_COLUMN
            | XML_TABLE_COLUMN_LIST
            | XML_VERSION_EXPR
    )
}

fn is_inert(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        ALL | ASYMMETRIC
            | AT_LOCAL
            | AT_TIME_ZONE
            | COLLATION_REF
            | COLON_COLON
            | COLUMN_NAME
            | CURRENT_ROW
            | CUSTOM_OP
            | DISTINCT
            | ELEMENT_TAG
            | EXTRACT_FIELD_LITERAL
            | EXTRACT_FIELD_NAME
            | FRAME_EXCLUDE
            | FRAME_GROUPS
            | FRAME_RANGE
            | FRAME_ROWS
            | GROUP
            | IGNORE_NULLS
            | INDENT
            | INTERVAL_DAY
            | INTERVAL_HOUR
            | INTERVAL_MINUTE
            | INTERVAL_MONTH
            | INTERVAL_SECOND
            | INTERVAL_YEAR
            | IS_DISTINCT_FROM
            | IS_JSON
            | IS_JSON_ARRAY
            | IS_JSON_OBJECT
            | IS_JSON_SCALAR
            | IS_JSON_VALUE
            | IS_NORMALIZED
            | IS_NOT
            | IS_NOT_DISTINCT_FROM
            | IS_NOT_JSON
            | IS_NOT_JSON_ARRAY
            | IS_NOT_JSON_OBJECT
            | IS_NOT_JSON_SCALAR
            | IS_NOT_JSON_VALUE
            | IS_NOT_NORMALIZED
            | JSON_ABSENT_ON_NULL
            | JSON_BEHAVIOR_EMPTY_ARRAY
            | JSON_BEHAVIOR_EMPTY_OBJECT
            | JSON_BEHAVIOR_ERROR
            | JSON_BEHAVIOR_FALSE
            | JSON_BEHAVIOR_NULL
            | JSON_BEHAVIOR_TRUE
            | JSON_BEHAVIOR_UNKNOWN
            | JSON_ENCODING
            | JSON_ENCODING_CLAUSE
            | JSON_FORMAT_CLAUSE
            | JSON_NULL_ON_NULL
            | JSON_PATH_NAME
            | JSON_PATH_NAME_CLAUSE
            | JSON_QUOTES_CLAUSE
            | JSON_TABLE_ORDINALITY_COLUMN
            | JSON_VARIABLE_NAME
            | JSON_WITHOUT_UNIQUE_KEYS
            | JSON_WITHOUT_WRAPPER
            | JSON_WITH_CONDITIONAL_WRAPPER
            | JSON_WITH_UNCONDITIONAL_WRAPPER
            | JSON_WITH_UNIQUE_KEYS
            | KEEP_QUOTES
            | NOT_ILIKE
            | NOT_IN
            | NOT_LIKE
            | NOT_SIMILAR_TO
            | NO_INDENT
            | NO_OTHERS
            | NULLS_FIRST
            | NULLS_LAST
            | OMIT_QUOTES
            | ON_SCALAR_STRING
            | OPERATOR_CALL
            | OPTION_NOT_NULL
            | OPTION_NULL
            | PARAM_NAME_REF
            | PRESERVE_WHITESPACE
            | RESPECT_NULLS
            | SIMILAR_TO
            | STANDALONE_NO
            | STANDALONE_NO_VALUE
            | STANDALONE_YES
            | STRIP_WHITESPACE
            | SYMMETRIC
            | TIES
            | TRIM_BOTH
            | TRIM_LEADING
            | TRIM_TRAILING
            | UNBOUNDED_FOLLOWING
            | UNBOUNDED_PRECEDING
            | UNICODE_NORMAL_FORM
            | WINDOW_REF
            | WITH_ORDINALITY
            | XML_ATTR
            | XML_CONTENT
            | XML_DOCUMENT
            | XML_NAMESPACE_PREFIX
            | XML_PASSING_MECH_BY_REF
            | XML_PASSING_MECH_BY_VALUE
            | XML_PI_TARGET
            | XML_VERSION_NO_VALUE
    )
}

/// The functions of the grammar, which have a form of their own: the function each calls, and the
/// type it gives, 0 where that depends.
pub(crate) fn keyword_function(kind: SyntaxKind) -> Option<(&'static str, u32)> {
    Some(match kind {
        ALL_FN => ("all", 0),
        ANY_FN => ("any", 0),
        COLLATION_FOR_FN => ("pg_collation_for", 25),
        EXTRACT_FN => ("extract", 1700),
        JSON_ARRAY_AGG_FN => ("json_arrayagg", 0),
        JSON_ARRAY_FN => ("json_array", 0),
        JSON_EXISTS_FN => ("json_exists", 16),
        JSON_FN => ("json", 114),
        JSON_OBJECT_AGG_FN => ("json_objectagg", 0),
        JSON_OBJECT_FN => ("json_object", 0),
        JSON_QUERY_FN => ("json_query", 0),
        JSON_SCALAR_FN => ("json_scalar", 114),
        JSON_SERIALIZE_FN => ("json_serialize", 0),
        JSON_VALUE_FN => ("json_value", 0),
        OVERLAY_FN => ("overlay", 0),
        POSITION_FN => ("position", 23),
        SOME_FN => ("some", 0),
        SUBSTRING_FN => ("substring", 0),
        TRIM_FN => ("btrim", 0),
        XML_ELEMENT_FN => ("xmlelement", 142),
        XML_EXISTS_FN => ("xmlexists", 16),
        XML_FOREST_FN => ("xmlforest", 142),
        XML_PARSE_FN => ("xmlparse", 142),
        XML_PI_FN => ("xmlpi", 142),
        XML_ROOT_FN => ("xmlroot", 142),
        XML_SERIALIZE_FN => ("xmlserialize", 0),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
