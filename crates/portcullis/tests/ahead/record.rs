//! What the ledger says of a grant of the class `pii.email` that two statements were shown by.

use serde_json::Value;

use crate::support::{run, said};
use crate::world::Place;

/// Who asked, who gave, what was shown on its ground, and its end.
pub(crate) fn is_recorded(place: &Place, code: &str) {
    let entries = place.house.entries();
    let is_it = |entry: &&Value| {
        let id = entry["grant"]["id"]
            .as_str()
            .unwrap_or_default()
            .replace('-', "");
        id.ends_with(&code.replace('-', ""))
    };
    let kinds: Vec<&Value> = entries
        .iter()
        .filter(is_it)
        .map(|entry| &entry["type"])
        .collect();
    assert_eq!(kinds, ["grant.asked", "grant.given", "grant.revoked"]);
    let given = entries.iter().filter(is_it).nth(1).unwrap();
    assert_eq!(given["grant"]["by"], serde_json::json!(["dana"]), "{given}");
    let id = &given["grant"]["id"];
    let rests = |entry: &&Value| {
        let grants = entry["decision"]["grants"].as_array();
        grants.is_some_and(|grants| grants.contains(id))
    };
    let on_it: Vec<&Value> = entries
        .iter()
        .filter(rests)
        .map(|e| &e["action"]["id"])
        .collect();
    assert_eq!(on_it.len(), 3, "{on_it:?}");
    let outcomes = entries
        .iter()
        .filter(|entry| entry["type"] == "statement.outcome");
    let shown: Vec<&Value> = outcomes
        .filter(|entry| on_it.contains(&&entry["action"]["id"]))
        .map(|entry| &entry["outcome"]["revealed"]["pii.email"])
        .collect();
    assert_eq!(shown, [&1.into(), &1.into(), &Value::Null]);
    let verified = run(&mut place.house.verb(&["ledger", "verify"]));
    assert!(verified.status.success(), "{}", said(&verified));
}
