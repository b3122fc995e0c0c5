//! Reads the `options` start-up parameter as PostgreSQL would: words by `pg_split_opts`, then
//! `-c name=value`, `-cname=value` and `--name=value`.
//!
//! Why: settings that come this way must be judged like any other, so each is made visible by
//! name. What is no setting (`-f`, `-W`, a bare word) is refused: `None`.

/// The settings, in order. A dash in a `--name` is an underscore, as the server reads it.
pub(crate) fn settings(options: &str) -> Option<Vec<(String, String)>> {
    let mut words = split(options).into_iter();
    let mut settings = Vec::new();
    while let Some(word) = words.next() {
        let assignment = if let Some(long) = word.strip_prefix("--") {
            long.to_owned()
        } else if word == "-c" {
            words.next()?
        } else {
            word.strip_prefix("-c")?.to_owned()
        };
        let (name, value) = assignment.split_once('=')?;
        if name.is_empty() {
            return None;
        }
        settings.push((name.replace('-', "_"), value.to_owned()));
    }
    Some(settings)
}

/// Words split at white space; a backslash takes the next character as it is.
fn split(options: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = options.chars();
    while let Some(character) = characters.next() {
        match character {
            // The server's isspace() in the C locale.
            ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r' => words.extend(word.take()),
            '\\' => word.get_or_insert_default().extend(characters.next()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_the_server_reads_them() {
        let one = |name: &str, value: &str| Some(vec![(name.to_owned(), value.to_owned())]);
        let table = [
            ("", Some(vec![])),
            ("-c a=b", one("a", "b")),
            ("-ca=b", one("a", "b")),
            ("--a-b=c=d", one("a_b", "c=d")),
            ("  -c\ta=b ", one("a", "b")),
            (r"-c a=b\ c\\", one("a", r"b c\")),
            ("-c a=", one("a", "")),
            ("-c", None),
            ("-c=", None),
            ("-c =x", None),
            ("--=x", None),
            ("--", None),
            ("-f", None),
            ("word", None),
            ("-c a", None),
        ];
        for (options, expected) in table {
            assert_eq!(settings(options), expected, "{options:?}");
        }
        assert_eq!(
            settings(&"-c a=b ".repeat(2000)).map(|s| s.len()),
            Some(2000)
        );
    }
}
