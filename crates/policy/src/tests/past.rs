//! Rules that read what a session did before.

use std::collections::BTreeSet;

use model::*;

use super::stage::*;
use crate::{Access, History};

/// Nothing leaves this session once it was shown an e-mail address.
const AFTER: &str = "forbid (principal, action in [Action::\"write\", Action::\"copy_out\",
     Action::\"notify\"], resource) when { context.session.classes_read.contains(\"pii.email\") };
     forbid (principal, action == Action::\"select\", resource)
     when { context.session.rows_hour >= 1000 || context.session.bytes_read >= 4096 };";

fn reading_email() -> Effects {
    let email = ColumnRef {
        class: Some(Class::Email),
        column: "email".into(),
        number: 2,
        relation_oid: 16_384,
        schema: "public".into(),
        table: "customers".into(),
    };
    let output = OutputColumn {
        lineage: Lineage::Derived(vec![email]),
        name: None,
        type_oid: None,
    };
    Effects {
        outputs: Some(vec![output]),
        returns_rows: true,
        ..on_table(Action::Select)
    }
}

#[test]
fn what_was_read_before_can_forbid_what_comes_after() {
    use Action::{CopyOut, Insert, Select};
    let rules = rules(&[("after", AFTER)]);
    let read = |classes: &[Class]| History {
        classes_read: classes.iter().copied().collect::<BTreeSet<_>>(),
        ..History::default()
    };
    let (none, email, phone) = (read(&[]), read(&[Class::Email]), read(&[Class::Phone]));
    let many = History {
        rows_hour: 1000,
        ..History::default()
    };
    let large = History {
        bytes_read: u64::MAX,
        ..History::default()
    };
    let insert = || on_table(Insert);
    for (history, effects, wanted) in [
        (&none, vec![insert()], true),
        (&phone, vec![insert()], true),
        (&email, vec![insert()], false),
        (&email, vec![on_table(CopyOut)], false),
        (&email, vec![on_table(Select)], true),
        (&none, vec![reading_email()], true),
        // Both in one text: the write comes with the reading.
        (&none, vec![reading_email(), insert()], false),
        (&none, vec![insert(), reading_email()], false),
        (&many, vec![on_table(Select)], false),
        (&large, vec![on_table(Select)], false),
        (&many, vec![insert()], true),
    ] {
        let session = session("alice", target("sandbox", "staging"));
        let judgement = rules.judge(&Access {
            effects: &effects,
            startup: &[],
            session: &session,
            fingerprint: "",
            history,
            now: NOW,
        });
        assert_eq!(
            words(&judgement) == "allow",
            wanted,
            "{history:?} {effects:?}"
        );
        assert!(!judgement.is_cacheable);
    }
}
