//! Search paths: as they are written, and as they are read for a role.
//!
//! Why: `$user` is whoever the role is now, so a path set under one role means another under the
//! next. Which schemas exist is not asked here.

use std::sync::Arc;

/// Schemas in the order they are searched.
pub(crate) type Path = Arc<[Arc<str>]>;

/// What stands for the role's own name.
const USER: &str = "$user";

/// A search path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SearchPath {
    /// For the role the session signed in as.
    at_sign_in: Path,
    /// As it was set; `None` where the server had it from elsewhere and only told what it means.
    written: Option<Path>,
}

impl SearchPath {
    /// The one a target told.
    pub(super) fn told(path: Path) -> Self {
        Self {
            at_sign_in: path,
            written: None,
        }
    }

    /// The one a value means.
    pub(super) fn set(value: &str, role: &str) -> Self {
        let written = parsed(value);
        Self {
            at_sign_in: expanded(&written, role),
            written: Some(written),
        }
    }

    /// What it means to the role of sign-in.
    pub(super) fn at_sign_in(&self) -> &Path {
        &self.at_sign_in
    }

    /// What it means to whichever role; `None` where it is not the same to all.
    pub(super) fn for_any_role(&self) -> Option<Path> {
        let written = self.written.as_ref()?;
        let names_user = written.iter().any(|name| **name == *USER);
        (!names_user).then(|| written.clone())
    }

    /// What it means to another role; `None` where that cannot be told.
    pub(super) fn for_role(&self, role: &str) -> Option<Path> {
        Some(expanded(self.written.as_ref()?, role))
    }
}

fn expanded(written: &Path, role: &str) -> Path {
    if !written.iter().any(|name| **name == *USER) {
        return written.clone();
    }
    let name = |name: &Arc<str>| match &**name {
        USER => role.into(),
        _ => name.clone(),
    };
    written.iter().map(name).collect()
}

/// A `search_path` value as the server splits it (`SplitIdentifierString`): commas, double quotes,
/// folding, names cut at 63 bytes.
fn parsed(value: &str) -> Path {
    let mut names: Vec<Arc<str>> = Vec::new();
    let mut rest = value.trim_start();
    while !rest.is_empty() {
        let (name, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_name(quoted)
        } else {
            let (name, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            (name.trim().to_lowercase(), after)
        };
        if !name.is_empty() {
            names.push(cut(&name).into());
        }
        rest = after
            .trim_start()
            .strip_prefix(',')
            .unwrap_or_default()
            .trim_start();
    }
    names.into()
}

/// A name as the server keeps it (`NAMEDATALEN`).
fn cut(name: &str) -> &str {
    let end = (0..=63.min(name.len())).rev();
    let end = end.into_iter().find(|at| name.is_char_boundary(*at));
    name.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// The name up to the closing quote (`""` is one quote), and what follows it.
fn quoted_name(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '"' {
            name.push(c);
        } else if chars.next_if(|(_, next)| *next == '"').is_some() {
            name.push('"');
        } else {
            return (name, text.get(at + 1..).unwrap_or_default());
        }
    }
    (name, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_split_as_the_server_splits_them() {
        let long = "x".repeat(70);
        let table = [
            ("public", "public"),
            ("\"$user\", public", "app|public"),
            ("A, \"A\", \"a\"\"b\"", "a|A|a\"b"),
            ("", ""),
            ("'x", "'x"),
            (&long, &long[..63]),
        ];
        for (value, expected) in table {
            let path = SearchPath::set(value, "app");
            assert_eq!(path.at_sign_in().join("|"), expected, "{value}");
        }
        let path = SearchPath::set("\"$user\", public", "app");
        assert_eq!(path.for_role("bob").unwrap().join("|"), "bob|public");
        assert_eq!(SearchPath::told(Path::from([])).for_role("bob"), None);
    }
}
