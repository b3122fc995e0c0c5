//! From a stand-in back to the value it stands for: what a predicate on a masked column means.
//!
//! `None` says that no value has that stand-in (or that the class' stand-ins cannot be undone), so
//! a comparison with it is one that nothing equals. A real value given here comes out as another
//! value, which finds nothing either. It shows nothing to anybody: who asks sends the answer to the
//! target alone.

use model::{Class, Format};

use crate::keys::{Keys, Way};
use crate::plan::Column;
use crate::stand::{self, typed};
use crate::types::{Type, cell};

/// The value, in canonical text, whose stand-in in a text column this is.
pub fn original_text(keys: &Keys, class: Class, stand_in: &str) -> Option<String> {
    stand::turned(keys.turned(Way::Find), class, stand_in, usize::MAX)
}

/// The value whose stand-in in such a column this is, both as cells of the column's type and
/// format. A column of a type we do not know is taken for text, if it is not binary.
pub fn original(keys: &Keys, class: Class, column: Column, stand_in: &[u8]) -> Option<Vec<u8>> {
    let of = match Type::of(column.type_oid) {
        Some(of) => of,
        None if column.format == Format::Text => Type::TEXT,
        None => return None,
    };
    if of.is_array {
        return None;
    }
    let limit = of.kind.limit(column.modifier);
    let text = cell::decode(of.kind, column.format, stand_in)?;
    let real = typed::cell(keys.turned(Way::Find), class, of.kind, &text, limit)?;
    let mut bytes = Vec::with_capacity(real.len());
    cell::encode(of.kind, column.format, &real, &mut bytes).then_some(bytes)
}
