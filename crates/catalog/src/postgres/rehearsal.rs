//! The texts of a rehearsal: a transaction that is always rolled back, and looks at what it did.
//!
//! Those with names in them are made, every name quoted and qualified. Values come back by their
//! types' output functions; a key goes back as a quoted literal. Nothing of a client's stands in
//! them but the statement itself, behind EXPLAIN.

use super::Text;
use super::sample::{list, name_of, quoted};
use crate::snapshot::Relation;

/// Begins it, with the target's own bounds: a lock another session holds is not waited for long,
/// and nobody waits long for ours.
pub const REHEARSAL_BEGIN: &[Text] = &[
    Text {
        name: "begin",
        sql: "BEGIN",
    },
    Text {
        name: "strings",
        sql: "SET LOCAL standard_conforming_strings = on",
    },
    Text {
        name: "lock_timeout",
        sql: "SET LOCAL lock_timeout = '500ms'",
    },
    Text {
        name: "statement_timeout",
        sql: "SET LOCAL statement_timeout = '3s'",
    },
    Text {
        name: "idle",
        sql: "SET LOCAL idle_in_transaction_session_timeout = '5s'",
    },
];

/// Its transaction, which has a number from here on, as text.
pub const REHEARSAL_XID: Text = Text {
    name: "xid",
    sql: "SELECT pg_catalog.pg_current_xact_id()::pg_catalog.xid",
};

/// Deferred constraints are looked at now: at COMMIT nobody would.
pub const REHEARSAL_CONSTRAINTS: Text = Text {
    name: "constraints",
    sql: "SET CONSTRAINTS ALL IMMEDIATE",
};

/// Rows this transaction added, changed and removed, by the server's own count: `relid, inserted,
/// updated, deleted`.
pub const REHEARSAL_CHANGES: Text = Text {
    name: "changes",
    sql: "SELECT relid, n_tup_ins, n_tup_upd, n_tup_del FROM pg_catalog.pg_stat_xact_user_tables \
          WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 ORDER BY relid LIMIT 100",
};

/// Locks on relations beyond those of a read: `relation, mode`.
pub const REHEARSAL_LOCKS: Text = Text {
    name: "locks",
    sql: "SELECT DISTINCT c.oid, l.mode FROM pg_catalog.pg_locks l \
          JOIN pg_catalog.pg_class c ON c.oid = l.relation \
          WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' \
          AND c.relkind IN ('r', 'p') AND l.mode <> 'AccessShareLock' ORDER BY 1, 2 LIMIT 100",
};

/// Whether rows added to one of these tables draw from a sequence, which no rollback gives back:
/// `schema.name` of the first that does.
pub fn sequences_behind(relations: &[u32]) -> String {
    let oids: Vec<String> = relations.iter().map(u32::to_string).collect();
    format!(
        "SELECT a.attrelid::pg_catalog.regclass FROM pg_catalog.pg_attribute a \
         LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
         WHERE a.attrelid IN ({}) AND (a.attidentity <> '' \
         OR pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval(%') LIMIT 1",
        oids.join(", ")
    )
}

/// Ends it.
pub const REHEARSAL_END: Text = Text {
    name: "end",
    sql: "ROLLBACK",
};

/// The statement, run and counted, or only planned.
pub fn rehearsed(text: &str, runs: bool) -> String {
    let how = if runs {
        "ANALYZE, WAL, TIMING OFF, "
    } else {
        ""
    };
    format!("EXPLAIN ({how}FORMAT JSON) {text}")
}

/// Rows of the relation that a transaction still open is about to replace or remove (or has
/// locked), as everybody else still sees them. `None`: there are none to be read.
pub fn rows_before(relation: &Relation, xid: u32, rows: u32) -> Option<String> {
    let read = read(relation, "")?;
    Some(format!("{read} WHERE {} LIMIT {rows}", is("xmax", xid)))
}

/// Rows of the relation that this very transaction wrote.
pub fn rows_written(relation: &Relation, xid: u32, rows: u32) -> Option<String> {
    let read = read(relation, "")?;
    Some(format!("{read} WHERE {} LIMIT {rows}", is("xmin", xid)))
}

/// The row with the primary key of `row`, which holds all of the relation's columns as text; one
/// more column says whether this very transaction wrote it. `None`: it has no such key.
pub fn row_after(relation: &Relation, xid: u32, row: &[Option<String>]) -> Option<String> {
    let test = |number: &i16| {
        let mut columns = relation.columns.iter().zip(row);
        let (column, value) = columns.find(|(column, _)| column.number == *number)?;
        let value = value.as_deref()?.replace('\'', "''");
        let name = quoted(&column.name);
        Some(format!("{name} OPERATOR(pg_catalog.=) '{value}'"))
    };
    let tests: Vec<String> = relation
        .primary_key
        .iter()
        .map(test)
        .collect::<Option<_>>()?;
    if tests.is_empty() {
        return None;
    }
    let read = read(relation, &format!(", {}", is("xmin", xid)))?;
    Some(format!("{read} WHERE {}", tests.join(" AND ")))
}

fn is(system: &str, xid: u32) -> String {
    format!("{system} OPERATOR(pg_catalog.=) '{xid}'::pg_catalog.xid")
}

fn read(relation: &Relation, more: &str) -> Option<String> {
    let mut sql = String::from("SELECT ");
    list(&mut sql, relation.columns.iter().map(|c| quoted(&c.name)));
    let name = name_of(relation)?;
    Some(format!("{sql}{more} FROM {name}"))
}
