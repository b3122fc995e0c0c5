//! From lineage and what is revealed to a mask plan.
//!
//! The table: bare and revealed passes, bare and classified gets its class's stand-in, computed
//! from something unrevealed is blanked, of unknown origin is blanked beside anything classified
//! and searched otherwise. Rows nobody can foresee are refused where anything is classified, and
//! never shown as they lie where a part could not be read.

use std::sync::Arc;

use mask::{Keys, PartPlan, Plan, PlannedColumn, Treatment};
use model::{ColumnRef, Effects, Lineage, Refusal, RefusalKind};

/// The plan of a statement, or why there can be none.
pub(crate) fn plan(
    keys: &Arc<Keys>,
    parts: &[Effects],
    revealed: &[ColumnRef],
) -> Result<Plan, Refusal> {
    let parts = parts
        .iter()
        .map(|part| part_plan(part, revealed))
        .collect::<Result<_, _>>()?;
    Ok(Plan::new(keys.clone(), parts))
}

fn part_plan(part: &Effects, revealed: &[ColumnRef]) -> Result<PartPlan, Refusal> {
    let hides = hides_something(part, revealed);
    let columns = match &part.outputs {
        Some(outputs) => {
            let planned = |output: &model::OutputColumn| PlannedColumn {
                treatment: treatment(&output.lineage, revealed, hides),
                type_oid: output.type_oid,
            };
            Some(outputs.iter().map(planned).collect())
        }
        None if part.returns_rows && hides => return Err(unforeseen()),
        // What could not be read may give rows all the same, even after a person's yes: a lone
        // column is blanked, and a wire withholds any other result as not foreseen.
        None if !part.gaps.is_empty() => Some(vec![PlannedColumn {
            treatment: Treatment::Blank,
            type_oid: None,
        }]),
        None => None,
    };
    Ok(PartPlan {
        columns,
        copy: part.copy.clone(),
        scrubs_messages: hides,
    })
}

/// Whether the part touches a classified column its reader may not see.
fn hides_something(part: &Effects, revealed: &[ColumnRef]) -> bool {
    let hidden = |column: &ColumnRef| column.class.is_some() && !is_revealed(column, revealed);
    let in_acts = part.acts.iter().flat_map(|act| &act.columns).any(hidden);
    let in_filters = part.filters.iter().any(|filter| hidden(&filter.column));
    let in_outputs = part
        .outputs
        .iter()
        .flatten()
        .any(|output| match &output.lineage {
            Lineage::Bare(column) => hidden(column),
            Lineage::Clean | Lineage::Opaque => false,
            Lineage::Derived(columns) => columns.iter().any(hidden),
        });
    in_acts || in_filters || in_outputs
}

fn treatment(lineage: &Lineage, revealed: &[ColumnRef], hides: bool) -> Treatment {
    match lineage {
        Lineage::Bare(column) => match column.class {
            Some(class) if !is_revealed(column, revealed) => Treatment::Mask(class),
            _ => Treatment::Pass,
        },
        Lineage::Clean => Treatment::Pass,
        Lineage::Derived(columns) => {
            let shown =
                |column: &ColumnRef| column.class.is_none() || is_revealed(column, revealed);
            if columns.iter().all(shown) {
                Treatment::Pass
            } else {
                Treatment::Blank
            }
        }
        Lineage::Opaque if hides => Treatment::Blank,
        Lineage::Opaque => Treatment::Scan,
    }
}

fn is_revealed(column: &ColumnRef, revealed: &[ColumnRef]) -> bool {
    revealed
        .iter()
        .any(|r| r.relation_oid == column.relation_oid && r.number == column.number)
}

fn unforeseen() -> Refusal {
    Refusal::new(
        RefusalKind::Unmaskable,
        "the columns of this result cannot be foreseen, and it touches masked columns",
    )
    .hint("name the columns you want in a plain SELECT")
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Class, OutputColumn};

    fn column(number: i16, class: Option<Class>) -> ColumnRef {
        ColumnRef {
            class,
            column: format!("c{number}"),
            number,
            relation_oid: 16_384,
            schema: "public".into(),
            table: "customers".into(),
        }
    }

    #[test]
    fn lineage_decides_the_treatment() {
        let (email, name) = (
            column(1, Some(Class::Email)),
            column(2, Some(Class::FullName)),
        );
        let (id, revealed) = (column(3, None), [column(2, Some(Class::FullName))]);
        let table = [
            (Lineage::Clean, Treatment::Pass),
            (Lineage::Bare(id.clone()), Treatment::Pass),
            (Lineage::Bare(email.clone()), Treatment::Mask(Class::Email)),
            (Lineage::Bare(name.clone()), Treatment::Pass),
            (Lineage::Derived(vec![name.clone()]), Treatment::Pass),
            (Lineage::Derived(vec![email, name]), Treatment::Blank),
            (Lineage::Derived(vec![id]), Treatment::Pass),
            (Lineage::Opaque, Treatment::Blank),
        ];
        for (lineage, expected) in table {
            assert_eq!(
                treatment(&lineage, &revealed, true),
                expected,
                "{lineage:?}"
            );
        }
        assert_eq!(
            treatment(&Lineage::Opaque, &revealed, false),
            Treatment::Scan
        );
    }

    #[test]
    fn rows_of_what_could_not_be_read_do_not_pass() {
        let gap = model::Gap {
            kind: "syntax".into(),
            reason: "the text does not parse".into(),
        };
        let mut part = Effects::default();
        assert!(part_plan(&part, &[]).unwrap().passes_rows());
        part.gaps = vec![gap];
        assert!(!part_plan(&part, &[]).unwrap().passes_rows());
    }

    #[test]
    fn rows_nobody_foresees_are_refused_beside_something_masked() {
        let filter = model::Filter {
            column: column(1, Some(Class::Email)),
            form: model::FilterForm::Equality,
        };
        let mut part = Effects {
            returns_rows: true,
            ..Effects::default()
        };
        assert!(part_plan(&part, &[]).is_ok());
        part.filters = vec![filter];
        assert!(part_plan(&part, &[]).is_err());
        let output = OutputColumn {
            lineage: Lineage::Clean,
            name: None,
            type_oid: None,
        };
        part.outputs = Some(vec![output]);
        assert!(part_plan(&part, &[]).unwrap().scrubs_messages);
    }
}
