//! Rules that read what a session did before.

use std::collections::BTreeSet;

use model::*;

use super::stage::*;
use crate::{Access, History, RoleInForce};

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
            estimated_rows: -1,
            fingerprint: "",
            grants: &[],
            history,
            intent: &model::Intent::default(),
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

/// Nothing is written under a role that was taken on, and large tables are read whole by nobody.
const ROLES: &str = "forbid (principal, action in Action::\"write\", resource)
     when { context.session.role_switched && context.session.role != \"writer\" };
     forbid (principal, action == Action::\"select\", resource)
     unless { context.statement.bounded || context.statement.estimated_rows < 1000 };";

#[test]
fn the_role_and_the_size_of_tables_can_forbid() {
    let rules = rules(&[("roles", ROLES)]);
    let role = |name: &str, is_switched| History {
        role: RoleInForce {
            is_switched,
            name: name.to_owned(),
        },
        ..History::default()
    };
    let set_role = || Effects {
        kind: "SET ROLE".to_owned(),
        settings: vec![SettingChange {
            is_local: false,
            name: "role".to_owned(),
            value: Some("writer".to_owned()),
        }],
        ..Effects::default()
    };
    let (own, taken, writer) = (role("app", false), role("bob", true), role("writer", true));
    let insert = || on_table(Action::Insert);
    let read = |is_bounded| bounded(Action::Select, is_bounded);
    for (history, rows, effects, wanted) in [
        (&own, -1, vec![insert()], true),
        (&taken, -1, vec![insert()], false),
        (&writer, -1, vec![insert()], true),
        // What changes in the same text is not known.
        (&own, -1, vec![set_role(), insert()], false),
        (&writer, -1, vec![insert(), set_role()], false),
        (&own, 999, vec![read(false)], true),
        (&own, 1000, vec![read(false)], false),
        (&own, 1000, vec![read(true)], true),
    ] {
        let session = session("alice", target("sandbox", "staging"));
        let judgement = rules.judge(&Access {
            effects: &effects,
            startup: &[],
            session: &session,
            estimated_rows: rows,
            fingerprint: "",
            grants: &[],
            history,
            intent: &model::Intent::default(),
            now: NOW,
        });
        assert_eq!(words(&judgement) == "allow", wanted, "{history:?} {rows}");
    }
}
