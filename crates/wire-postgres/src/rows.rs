//! How the rows of the running statement are shown: passed as they lie, or rewritten.
//!
//! Why apart: this is the only place that looks into a row, and the only one that asks a mask.
//! A plan that does not fit the result shows nothing of it.

use mask::copy::CopyMasker;
use mask::{Column, Plan, RowPlan};
use model::Format;
use wire::Fault;

use crate::bytes::{View, count, length, message};
use crate::names::Portal;

/// What happens to the rows that come next.
#[derive(Debug, Default)]
pub(crate) enum Rows {
    /// They cannot be shown: the reason, for the client.
    Bad(String),
    /// They pass if the first has that many columns: nobody described them.
    Check(usize),
    CopyMask(Box<CopyMasker>),
    CopyPass,
    Mask {
        columns: usize,
        plan: RowPlan,
    },
    /// None is expected.
    #[default]
    None,
    Pass,
}

impl Rows {
    /// For a result the target described just now.
    pub(crate) fn described(plan: &Plan, part: usize, columns: &[Column]) -> Self {
        match plan.part(part) {
            None => Self::Bad(unforeseen()),
            Some(foreseen) if foreseen.columns.is_none() => Self::Pass,
            Some(_) => match plan.bind(part, columns) {
                Err(why) => Self::Bad(why.to_string()),
                Ok(bound) if bound.is_clean() => Self::Pass,
                Ok(bound) => Self::Mask {
                    columns: columns.len(),
                    plan: bound,
                },
            },
        }
    }

    /// For the result of a portal: its formats come from its Bind, its types from a description
    /// if there was one.
    pub(crate) fn of_portal(plan: &Plan, portal: &Portal) -> Self {
        let Some(foreseen) = plan.part(0) else {
            return Self::Bad(unforeseen());
        };
        let Some(planned) = &foreseen.columns else {
            return Self::Pass;
        };
        let unknown = planned
            .iter()
            .any(|c| c.treatment != mask::Treatment::Pass && c.type_oid.is_none());
        if unknown && !portal.is_described() {
            return Self::Bad(
                "the types of the columns to mask are not known: Describe first".into(),
            );
        }
        let columns = portal.columns(planned.len());
        match Self::described(plan, 0, &columns) {
            Self::Pass if !portal.is_described() => Self::Check(columns.len()),
            rows => rows,
        }
    }

    /// For a COPY to the client, of rows no longer than `most` where they are rewritten.
    pub(crate) fn copied(
        plan: &Plan,
        part: usize,
        (format, columns): (Format, usize),
        most: usize,
    ) -> Self {
        let Some(foreseen) = plan.part(part) else {
            return Self::Bad(unforeseen());
        };
        if foreseen.columns.is_none() {
            return Self::CopyPass;
        }
        let column = Column {
            format,
            modifier: -1,
            type_oid: 0,
        };
        match (plan.bind(part, &vec![column; columns]), &foreseen.copy) {
            (Err(why), _) => Self::Bad(why.to_string()),
            (Ok(bound), _) if bound.is_clean() => Self::CopyPass,
            (Ok(bound), Some(shape)) => {
                let is_binary = shape.form == model::CopyForm::Binary;
                if is_binary != (format == Format::Binary) {
                    return Self::Bad("the copy's format is not the one foreseen".into());
                }
                let masker = CopyMasker::new(bound, shape, most);
                if masker.is_broken() {
                    return Self::Bad("rows with that NULL can be read in two ways".into());
                }
                Self::CopyMask(Box::new(masker))
            }
            (Ok(_), None) => Self::Bad("the copy's format was not foreseen".into()),
        }
    }

    /// Whether a frame of that tag passes in pieces.
    pub(crate) fn streams(&self, tag: u8) -> bool {
        match self {
            Self::Pass => tag == b'D',
            Self::CopyPass => tag == b'd',
            _ => false,
        }
    }
}

fn unforeseen() -> String {
    "the statement gave more results than were foreseen".into()
}

/// The number of columns of a `DataRow`.
pub(crate) fn width(body: &[u8]) -> Option<usize> {
    View::new(body).u16().map(usize::from)
}

/// Writes a row through its plan: how many cells were masked.
pub(crate) fn masked(plan: &RowPlan, body: &[u8], out: &mut Vec<u8>) -> Result<u64, Fault> {
    let malformed = || Fault::Target("malformed row".into());
    let mut view = View::new(body);
    let columns = usize::from(view.u16().ok_or_else(malformed)?);
    let mut cells = 0_u64;
    message(out, b'D', |out| {
        out.extend_from_slice(&count(columns)?);
        for column in 0..columns {
            let value = view.value().ok_or_else(malformed)?;
            if plan.nulls(column) {
                out.extend_from_slice(&(-1_i32).to_be_bytes());
                cells = cells.saturating_add(1);
                continue;
            }
            let cell = match value {
                Some(cell) => cell,
                // Whether a computed value is NULL is a bit of what it was computed from.
                None if plan.blanks(column) => &[],
                None => {
                    out.extend_from_slice(&(-1_i32).to_be_bytes());
                    continue;
                }
            };
            let at = out.len();
            out.extend_from_slice(&[0; 4]);
            if plan.touches(column) {
                plan.apply(column, cell, out);
                cells = cells.saturating_add(1);
            } else {
                out.extend_from_slice(cell);
            }
            let written = out.len().saturating_sub(at).saturating_sub(4);
            let written = length(written)?;
            if let Some(place) = out
                .get_mut(at..)
                .and_then(|tail| tail.first_chunk_mut::<4>())
            {
                *place = written;
            }
        }
        view.end().ok_or_else(malformed)
    })?;
    Ok(cells)
}
