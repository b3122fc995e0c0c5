//! Operations that tell nothing of what they are given, and all others.
//!
//! Why: what is computed from a masked column is blanked, and NULL is blanked with it; but an
//! operation that may fail, or gives more or fewer rows, tells by that what the blank hides. So
//! the list of operations that can do neither is closed, and everything not on it chooses.
//! It reads no syntax but a format's text; conditions note their own forms.

use catalog::Function;
use model::FilterForm;
use squawk_syntax::SyntaxNode;

use crate::condition::operands;
use crate::reader::Reader;
use crate::value::Value;
use crate::world::is_text_like;

/// How a function may be called so that it is total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// With whatever arguments.
    Any,
    /// Keys, every other argument from the first, must not be masked: a NULL key fails.
    Keys,
    /// With one argument: those with more count, convert or fail.
    One,
    /// With one argument that is no array: arrays of unlike size cannot be gathered.
    Element,
}

/// Functions of `pg_catalog` that neither fail, nor loop, nor choose by what they are given. All
/// are NULL at most where what they are given is NULL; all give one value.
const TOTAL: &[(&str, Fit)] = &[
    // Text to text of much the same length: every text has an upper case, an MD5 and a reverse.
    ("btrim", Fit::One),
    ("initcap", Fit::One),
    ("lower", Fit::One),
    ("ltrim", Fit::One),
    ("md5", Fit::One),
    ("quote_ident", Fit::One),
    ("quote_literal", Fit::One),
    ("quote_nullable", Fit::One),
    ("reverse", Fit::One),
    ("rtrim", Fit::One),
    ("text", Fit::One),
    ("upper", Fit::One),
    // A length always is, and is blanked.
    ("bit_length", Fit::One),
    ("char_length", Fit::One),
    ("character_length", Fit::One),
    ("length", Fit::One),
    ("octet_length", Fit::One),
    // Every value has a text and a JSON.
    ("concat", Fit::Any),
    ("concat_ws", Fit::Any),
    ("json_build_array", Fit::Any),
    ("json_build_object", Fit::Keys),
    ("jsonb_build_array", Fit::Any),
    ("jsonb_build_object", Fit::Keys),
    ("row_to_json", Fit::Any),
    ("to_json", Fit::One),
    ("to_jsonb", Fit::One),
    // Many values to one; COUNT has rules of its own, in `call`.
    ("array_agg", Fit::Element),
    ("json_agg", Fit::One),
    ("json_object_agg", Fit::Keys),
    ("jsonb_agg", Fit::One),
    ("jsonb_object_agg", Fit::Keys),
    ("max", Fit::One),
    ("min", Fit::One),
    ("string_agg", Fit::Any),
];

/// Types whose text, and whose place behind a text, is always there.
const PLAIN: [u32; 13] = [
    16, 20, 21, 23, 700, 701, 1082, 1083, 1114, 1184, 1186, 1700, 2950,
];

impl Reader<'_> {
    /// A value that an operation gave which is not total: its failing, or not, is an answer.
    ///
    /// In a view's own text it is one only where the column is used: [`Reader::seen`].
    pub(crate) fn telling(&mut self, value: Value) -> Value {
        if self.views.is_empty() {
            self.chooses(&value, FilterForm::Other);
        }
        Value {
            is_telling: true,
            ..value
        }
    }

    /// A value that is total or telling.
    pub(crate) fn told(&mut self, value: Value, is_total: bool) -> Value {
        if is_total { value } else { self.telling(value) }
    }

    /// Whether it holds anything classified.
    pub(crate) fn is_masked(&self, value: &Value) -> bool {
        !value.classified(&self.is_classified()).is_empty()
    }

    /// Whether these functions are total on these values, whichever of them is called.
    pub(crate) fn is_total(
        &mut self,
        found: &[&Function],
        name: &str,
        values: &[Value],
        list: Option<&SyntaxNode>,
    ) -> bool {
        let listed = TOTAL.iter().find(|(total, _)| *total == name);
        let fits = match listed.map(|(_, fit)| fit) {
            None => name == "format" && list.is_some_and(|list| self.is_plain_format(list, values)),
            Some(fit) => self.fits(*fit, values),
        };
        let is_own = |f: &&Function| &*f.schema == "pg_catalog" && !f.returns_set;
        fits && found.iter().all(is_own)
    }

    fn fits(&self, fit: Fit, values: &[Value]) -> bool {
        match fit {
            Fit::Any => true,
            Fit::Element => matches!(values, [only] if self.is_element(only)),
            Fit::Keys => values.iter().step_by(2).all(|key| !self.is_masked(key)),
            Fit::One => values.len() == 1,
        }
    }

    /// Whether a value is known to be no array, or nothing to hide.
    pub(crate) fn is_element(&self, value: &Value) -> bool {
        let is_plain = || is_text_like(value.type_oid) || PLAIN.contains(&value.type_oid);
        let is_row = value.row.is_some() || value.type_oid == 2249;
        !self.is_masked(value) || is_row || is_plain()
    }

    /// Whether `l || r` joins texts; else it may join arrays or documents, which may fail.
    pub(crate) fn is_text_join(l: &Value, r: &Value) -> bool {
        let is_text = |value: &Value| is_text_like(value.type_oid);
        let is_side = |value: &Value| is_text(value) || PLAIN.contains(&value.type_oid);
        let has_text = |a: &Value, b: &Value| is_text(a) && (is_side(b) || b.is_constant);
        has_text(l, r) || has_text(r, l)
    }

    /// Whether a format's text is known and takes no width from its arguments, and so cannot fail
    /// by them.
    fn is_plain_format(&mut self, list: &SyntaxNode, values: &[Value]) -> bool {
        if !values.iter().any(|value| self.is_masked(value)) {
            return false;
        }
        let first = list
            .children()
            .find_map(|argument| operands(&argument).into_iter().next());
        let text = first.and_then(|first| self.string(&first));
        text.is_some_and(|text| !text.contains('*'))
    }

    /// In which form a column is chosen by, held against another: a join only between two that are
    /// hidden alike, since one that may be seen would be a dictionary of the other.
    /// Alike: of one class, whose stand-ins are equal where the values are.
    pub(crate) fn joining(&self, l: &Value, r: &Value) -> FilterForm {
        match (self.bare_class(l), self.bare_class(r)) {
            (Some(l), Some(r)) if l == r && l.shows_equality() => FilterForm::Join,
            _ => FilterForm::Other,
        }
    }
}

/// Whether every value can be cast to that type: every value has a text.
pub(crate) fn is_total_cast(type_oid: u32) -> bool {
    // `"char"` and `char(n)` cut where they must, and do not fail.
    is_text_like(type_oid) || type_oid == 18
}
