//! The target's own tiny parser: it knows a dozen forms of statement and calls all else an error.
//!
//! Why so small: it must share nothing with `analysis`, and be right by inspection.

/// A column the target can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Email,
    EmailAsNumber,
    Id,
    Name,
    UpperEmail,
}

/// What a part of a text asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Begin,
    Commit,
    CopyIn,
    CopyOut(Vec<Shown>),
    Declare(Vec<Shown>),
    Empty,
    Fetch,
    /// Something the built-in pack denies to everybody here.
    Forbidden,
    Rollback,
    RollbackTo,
    Savepoint,
    Select(Vec<Shown>),
    SyntaxError,
    /// Rows of a table the catalog does not know.
    Unforeseen(Vec<Shown>),
    /// A write, with its command tag.
    Write(&'static str),
    ZeroDivision,
}

impl Part {
    /// The columns of its rows, if it gives rows.
    pub(crate) fn columns(&self) -> Option<&[Shown]> {
        match self {
            Self::Select(columns) | Self::Unforeseen(columns) => Some(columns),
            _ => None,
        }
    }

    /// Whether its record must be durable before the target hears it.
    pub(crate) fn changes(&self) -> bool {
        matches!(self, Self::CopyIn | Self::Forbidden | Self::Write(_))
    }
}

/// The parts of a text.
pub(crate) fn parts(text: &str) -> Vec<Part> {
    let Some(text) = without_comments(text) else {
        return vec![Part::SyntaxError];
    };
    let parts: Vec<_> = text.split(';').map(|part| part_of(part.trim())).collect();
    let said: Vec<_> = parts
        .into_iter()
        .filter(|part| *part != Part::Empty)
        .collect();
    if said.is_empty() {
        return vec![Part::Empty];
    }
    if said.contains(&Part::SyntaxError) {
        return vec![Part::SyntaxError];
    }
    said
}

/// `None` where a comment has no end.
fn without_comments(text: &str) -> Option<String> {
    let mut left = text;
    let mut out = String::new();
    while let Some((before, after)) = left.split_once("/*") {
        out.push_str(before);
        left = after.split_once("*/")?.1;
    }
    Some(out + left)
}

fn part_of(text: &str) -> Part {
    match text {
        "" => return Part::Empty,
        "BEGIN" => return Part::Begin,
        "COMMIT" => return Part::Commit,
        "FETCH 2 FROM c" => return Part::Fetch,
        "ROLLBACK" => return Part::Rollback,
        "SAVEPOINT s" => return Part::Savepoint,
        "ROLLBACK TO s" => return Part::RollbackTo,
        "SELECT 1 / 0 AS x" => return Part::ZeroDivision,
        "DROP TABLE customers" | "TRUNCATE customers" => return Part::Forbidden,
        "COPY customers (id, name) FROM STDIN" => return Part::CopyIn,
        _ => {}
    }
    let writes = [
        ("INSERT INTO customers (id, name) VALUES (", "INSERT 0 1"),
        ("UPDATE customers SET name = '", "UPDATE 1"),
        ("DELETE FROM customers WHERE ", "DELETE 1"),
    ];
    for (head, tag) in writes {
        if text.starts_with(head) && text.is_ascii() {
            return Part::Write(tag);
        }
    }
    if let Some(list) = between(text, "COPY customers (", ") TO STDOUT") {
        return columns(list).map_or(Part::SyntaxError, Part::CopyOut);
    }
    if let Some(of) = text.strip_prefix("DECLARE c CURSOR FOR ") {
        return match part_of(of) {
            Part::Select(columns) => Part::Declare(columns),
            _ => Part::SyntaxError,
        };
    }
    let Some(rest) = text.strip_prefix("SELECT ") else {
        return Part::SyntaxError;
    };
    // The second table was made after the catalog was read: only the target knows it.
    let known = [(" FROM customers", true), (" FROM newcomers", false)];
    let found = known
        .iter()
        .find_map(|(from, is_known)| rest.split_once(from).map(|found| (found, *is_known)));
    let Some(((list, rest), is_known)) = found else {
        return Part::SyntaxError;
    };
    let is_plain = rest.is_empty() || rest.starts_with(" WHERE id = ");
    match columns(list) {
        Some(columns) if is_plain && is_known => Part::Select(columns),
        Some(columns) if is_plain => Part::Unforeseen(columns),
        _ => Part::SyntaxError,
    }
}

fn between<'a>(text: &'a str, head: &str, tail: &str) -> Option<&'a str> {
    text.strip_prefix(head)?.strip_suffix(tail)
}

fn columns(list: &str) -> Option<Vec<Shown>> {
    if list == "*" {
        return Some(vec![Shown::Id, Shown::Name, Shown::Email]);
    }
    let column = |word: &str| {
        Some(match word.trim() {
            "email" => Shown::Email,
            "email::int4" => Shown::EmailAsNumber,
            "id" => Shown::Id,
            "name" => Shown::Name,
            "upper(email)" => Shown::UpperEmail,
            _ => return None,
        })
    };
    list.split(',').map(column).collect()
}
