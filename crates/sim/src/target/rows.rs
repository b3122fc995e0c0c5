//! What the target shows: descriptions, rows with their marks and secrets, COPY, command tags.

use super::Target;
use crate::frames::{cstr, put};
use crate::sql::Shown;
use crate::tap::RAW;

impl Target {
    pub(super) fn complete(&mut self, tag: &str) {
        let mut body = Vec::new();
        cstr(&mut body, tag);
        put(&mut self.outbox, b'C', &body);
    }

    pub(super) fn rows(
        &mut self,
        columns: &[Shown],
        (mark, rows, formats): (usize, usize, &[i16]),
    ) {
        for number in 0..rows {
            let mut body = Vec::new();
            let count = u16::try_from(columns.len()).expect("few columns");
            body.extend(count.to_be_bytes());
            for (at, column) in columns.iter().enumerate() {
                let is_binary = *formats.get(at).or(formats.first()).unwrap_or(&0) == 1;
                let value = match column {
                    Shown::Id if is_binary => vec![0, 0, 0, 7],
                    other => value(*other, mark, number).into_bytes(),
                };
                let length = u32::try_from(value.len()).expect("short");
                body.extend(length.to_be_bytes());
                body.extend(value);
            }
            put(&mut self.outbox, b'D', &body);
        }
    }

    pub(super) fn copy_out(&mut self, columns: &[Shown], mark: usize, rows: usize) {
        let mut head = vec![0, 0, u8::try_from(columns.len()).expect("few columns")];
        head.resize(3 + 2 * columns.len(), 0);
        put(&mut self.outbox, b'H', &head);
        for number in 0..rows {
            let cells: Vec<_> = columns.iter().map(|c| value(*c, mark, number)).collect();
            put(
                &mut self.outbox,
                b'd',
                format!("{}\n", cells.join("\t")).as_bytes(),
            );
        }
        put(&mut self.outbox, b'c', &[]);
        self.complete(&format!("COPY {rows}"));
    }

    pub(super) fn row_description(&mut self, columns: &[Shown], formats: &[i16]) {
        let mut body = Vec::new();
        body.extend(u16::try_from(columns.len()).expect("few").to_be_bytes());
        for (at, column) in columns.iter().enumerate() {
            let (name, table, number, oid) = match column {
                Shown::Email => ("email", 16_384_u32, 3_u16, 25_u32),
                Shown::EmailAsNumber => ("email", 0, 0, 23),
                Shown::Id => ("id", 16_384, 1, 23),
                Shown::Name => ("name", 16_384, 2, 25),
                Shown::UpperEmail => ("upper", 0, 0, 25),
            };
            cstr(&mut body, name);
            body.extend(table.to_be_bytes());
            body.extend(number.to_be_bytes());
            body.extend(oid.to_be_bytes());
            body.extend((-1_i16).to_be_bytes());
            body.extend((-1_i32).to_be_bytes());
            let format = *formats.get(at).or(formats.first()).unwrap_or(&0);
            body.extend(format.to_be_bytes());
        }
        put(&mut self.outbox, b'T', &body);
    }
}

fn value(column: Shown, mark: usize, number: usize) -> String {
    match column {
        Shown::Email | Shown::EmailAsNumber => format!("secret-{number}{RAW}"),
        Shown::Id => "7".into(),
        Shown::Name => format!("row-{mark}-{number}"),
        Shown::UpperEmail => format!("SECRET-{number}{}", RAW.to_uppercase()),
    }
}
