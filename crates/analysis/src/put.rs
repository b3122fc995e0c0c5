//! What is put into a classified column: the client's own constants, and what is none.
//!
//! Why: a stand-in that comes back must not be stored, and a value that its writer guessed must not
//! come back to him as a stand-in. Which constant is put where is found here; what becomes of it
//! is `govern`'s. What a body, a rule or a view puts there its author chose.

use catalog::{Relation, RelationKind};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::condition::operands;
use crate::meet::{Taken, Whose};
use crate::place::{At, Noted, Usage};
use crate::reader::{Reader, child};
use crate::value::{Origin, Value};

impl Reader<'_> {
    /// The columns that these names of what is written to are, or show; each as a value.
    pub(crate) fn homes(&mut self, relation: &Relation, names: &[String]) -> Vec<Option<Value>> {
        let fields = match relation.kind {
            RelationKind::View => {
                let shown = self.view_fields(relation).0;
                let columns = relation.columns.iter().zip(shown);
                columns
                    .map(|(column, field)| (column.name.clone(), field.value))
                    .collect()
            }
            _ => {
                let fields = self.fields_of(relation).into_iter();
                fields
                    .map(|field| (field.name, field.value))
                    .collect::<Vec<_>>()
            }
        };
        let is_classified = self.is_classified();
        let home = |name: &String| {
            let found = fields.iter().find(|(own, _)| **own == **name)?;
            let is_meant = matches!(found.1.origin, Origin::Bare(col) if is_classified(col));
            is_meant.then(|| found.1.clone())
        };
        names.iter().map(home).collect()
    }

    /// A value is put into a column; `node` is the expression that gives it, where it is one.
    pub(crate) fn puts(&mut self, home: &Value, value: &Value, node: Option<&SyntaxNode>) {
        let Origin::Bare(col) = home.origin else {
            return;
        };
        // What is classified is carried, or stays where it is.
        let is_own = !value.classified(&self.is_classified()).is_empty();
        if is_own || self.whose() == Whose::Definer {
            return;
        }
        let (type_oid, is_array) = self.read_as(home.type_oid);
        let taken = Taken { is_array, type_oid };
        let nodes: Vec<SyntaxNode> = node.into_iter().cloned().collect();
        if !nodes.is_empty() && self.noted(&nodes, taken, (col, Usage::Written)) {
            return;
        }
        self.notes.place(Noted {
            at: At::Other,
            col,
            is_array,
            is_shared: false,
            type_oid,
            usage: Usage::Written,
        });
    }

    /// Rows are put into columns: VALUES by its expressions, anything else by what it gives.
    pub(crate) fn puts_rows(
        &mut self,
        (relation, names): (&Relation, &[String]),
        source: Option<&SyntaxNode>,
        values: &[Value],
    ) {
        let homes = self.homes(relation, names);
        if homes.iter().all(Option::is_none) {
            return;
        }
        let lists = source.filter(|source| source.kind() == SyntaxKind::VALUES);
        let rows: Vec<Vec<SyntaxNode>> = lists
            .and_then(|values| child(values, SyntaxKind::ROW_LIST))
            .map(|list| list.children().map(|row| operands(&row)).collect())
            .unwrap_or_default();
        for (at, home) in homes.iter().enumerate() {
            let (Some(home), Some(value)) = (home, values.get(at)) else {
                continue;
            };
            if rows.is_empty() {
                self.puts(home, value, None);
            }
            for row in &rows {
                self.puts(home, value, row.get(at));
            }
        }
    }
}
