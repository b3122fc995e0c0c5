//! What an approval binds to.
//!
//! Why apart: the sum of what must be the same when the statement runs is law 5 in one function. It
//! judges nothing: what was approved is judged again when it runs.

use model::{Parameter, Statement};
use sha2::{Digest, Sha256};

use crate::case::Case;
use crate::read::Reading;
use crate::record::hex;

/// What an approval binds to (law 5), as SHA-256 over length-prefixed fields: who, for whom, on
/// which task, where, the exact text, parameters, and what its names meant.
pub(crate) fn binding(case: &Case<'_>, reading: &Reading, statement: &Statement) -> String {
    let facts = case.facts();
    let acts_for = facts
        .identity
        .acts_for
        .as_ref()
        .map_or("", |subject| subject.name.as_str());
    let mut sum = Sha256::new();
    let mut field = |bytes: &[u8]| {
        sum.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        sum.update(bytes);
    };
    field(facts.identity.name().as_str().as_bytes());
    field(acts_for.as_bytes());
    let delegation = facts.identity.delegation.as_ref();
    field(delegation.map_or("", |it| &it.task).as_bytes());
    field(facts.target.name.as_str().as_bytes());
    field(facts.target.database.as_bytes());
    field(reading.path.join("\0").as_bytes());
    field(&statement.text);
    for Parameter {
        format,
        type_oid,
        value,
    } in &statement.parameters
    {
        field(format!("{format:?} {type_oid} {}", value.is_some()).as_bytes());
        field(value.as_deref().unwrap_or_default());
    }
    let objects = reading.known.parts.iter().flat_map(|part| {
        let acts = part.acts.iter().map(|act| &act.object);
        acts.chain(part.calls.iter().map(|call| &call.function))
    });
    // What a function does may change under its name and oid, and what a view shows as well.
    for call in reading.known.parts.iter().flat_map(|part| &part.calls) {
        field(call.digest.as_deref().unwrap_or_default().as_bytes());
    }
    let catalog = case.session.catalog();
    for object in objects {
        let relation = catalog.relation(object.oid);
        let meaning = relation.and_then(|relation| relation.definition.as_deref());
        field(meaning.unwrap_or_default().as_bytes());
        field(
            format!(
                "{:?} {} {} {}",
                object.kind, object.schema, object.name, object.oid
            )
            .as_bytes(),
        );
    }
    hex(&sum.finalize()).split_off(2)
}
