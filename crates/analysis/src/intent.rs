//! What a client says it is about to do, read from its words, and compared with what it would do.
//!
//! Words are weak: this is no proof of anything. It finds the plain contradictions, a purpose to
//! read with a statement that writes, a task about invoices that changes customers, and says of
//! words it can make nothing of that nothing was declared.
//!
//! | said                          | would                        | verdict    |
//! |-------------------------------|------------------------------|------------|
//! | nothing                       | anything                     | undeclared |
//! | words without a verb we know  | read                         | match      |
//! | words without a verb we know  | write or define              | undeclared |
//! | to read                       | write or define              | mismatch   |
//! | to write                      | define                       | mismatch   |
//! | tables by name                | change another one           | mismatch   |
//! | tables by name                | read none of them            | mismatch   |
//!
//! A comment is never taken out of the text: whoever reads the text passes over it anyway, and its
//! shape has no comments.

use std::collections::BTreeSet;

use catalog::Catalog;
use model::{Action, CallBody, Effects, IntentVerdict, Reach, Volatility};

use crate::lex::{Kind, Lexer};

/// What a statement may do to things, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Depth {
    Read,
    Write,
    Define,
}

/// Verbs, and words that stand for one.
const VERBS: [(Depth, &[&str]); 3] = [
    (
        Depth::Read,
        &[
            "analyse",
            "analyze",
            "answer",
            "audit",
            "browse",
            "check",
            "compare",
            "count",
            "debug",
            "describe",
            "diagnose",
            "display",
            "explore",
            "export",
            "fetch",
            "find",
            "get",
            "inspect",
            "investigate",
            "list",
            "look",
            "lookup",
            "monitor",
            "query",
            "read",
            "report",
            "research",
            "review",
            "search",
            "see",
            "select",
            "show",
            "summarise",
            "summarize",
            "summary",
            "understand",
            "verify",
            "view",
        ],
    ),
    (
        Depth::Write,
        &[
            "add",
            "anonymise",
            "anonymize",
            "apply",
            "archive",
            "backfill",
            "book",
            "cancel",
            "change",
            "clean",
            "clear",
            "correct",
            "create",
            "deactivate",
            "delete",
            "disable",
            "edit",
            "enable",
            "fill",
            "fix",
            "import",
            "insert",
            "load",
            "mark",
            "merge",
            "modify",
            "move",
            "patch",
            "purge",
            "record",
            "refund",
            "register",
            "remove",
            "repair",
            "replace",
            "reset",
            "resolve",
            "restore",
            "save",
            "seed",
            "set",
            "store",
            "sync",
            "update",
            "upsert",
            "write",
        ],
    ),
    (
        Depth::Define,
        &[
            "alter",
            "create",
            "ddl",
            "drop",
            "grant",
            "index",
            "maintain",
            "maintenance",
            "migrate",
            "migration",
            "partition",
            "reindex",
            "rename",
            "revoke",
            "schema",
            "truncate",
            "vacuum",
        ],
    ),
];

/// What a word may end in and still be the verb.
const ENDINGS: [&str; 9] = ["", "s", "es", "d", "ed", "ing", "ion", "ions", "al"];

/// Words that turn the next verb round.
const NOT: [&str; 8] = [
    "cannot", "dont", "don't", "never", "no", "not", "nothing", "without",
];

/// Words as they are compared: lower case, without punctuation.
struct Said {
    deepest: Option<Depth>,
    words: BTreeSet<String>,
}

impl Said {
    fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '\'';
        let words: Vec<&str> = lower
            .split(|c| !is_part(c))
            .map(|word| word.trim_matches('\''))
            .filter(|word| !word.is_empty())
            .collect();
        let reads_only = ["read only", "read-only", "readonly", "only read"];
        let deepest = if reads_only.iter().any(|said| lower.contains(said)) {
            Some(Depth::Read)
        } else {
            deepest(&words)
        };
        let pairs = words.windows(2).map(|pair| pair.join("_"));
        let singles = words.iter().map(|word| (*word).to_owned());
        Self {
            deepest,
            words: singles.chain(pairs).collect(),
        }
    }

    /// Whether a relation is named, in the singular or the plural.
    fn names(&self, relation: &str) -> bool {
        let name = relation.to_lowercase();
        let singular = name.strip_suffix('s').filter(|it| it.len() > 2);
        let singular_es = name.strip_suffix("ies").map(|stem| format!("{stem}y"));
        let forms = [Some(name.clone()), singular.map(str::to_owned), singular_es];
        let plurals = [format!("{name}s"), format!("{name}es")];
        let mut forms = forms.into_iter().flatten().chain(plurals);
        forms.any(|form| self.words.contains(&form))
    }
}

fn deepest(words: &[&str]) -> Option<Depth> {
    let mut found = None;
    for (at, word) in words.iter().enumerate() {
        let before = words.get(at.saturating_sub(2)..at).unwrap_or_default();
        if before.iter().any(|word| NOT.contains(word)) {
            continue;
        }
        let depths = VERBS
            .iter()
            .filter(|(_, verbs)| verbs.iter().any(|verb| is_form(word, verb)));
        found = found.max(depths.map(|(depth, _)| *depth).max());
    }
    found
}

/// Whether a word is a form of that verb.
fn is_form(word: &str, verb: &str) -> bool {
    let stem = verb.strip_suffix('e').unwrap_or(verb);
    let last = stem.chars().next_back();
    let Some(rest) = word.strip_prefix(stem) else {
        return false;
    };
    let doubled = last.and_then(|last| rest.strip_prefix(last));
    let is_whole = word == verb || (stem.len() == verb.len() && ENDINGS.contains(&rest));
    let is_cut = stem.len() < verb.len() && (ENDINGS.contains(&rest) && !rest.is_empty());
    is_whole || is_cut || doubled.is_some_and(|rest| ["ed", "ing"].contains(&rest))
}

/// Whether `parts` keep to what `text` says.
pub fn keeps(text: &str, parts: &[Effects], catalog: &Catalog) -> IntentVerdict {
    let said = Said::of(text);
    if said.words.is_empty() {
        return IntentVerdict::Undeclared;
    }
    let needed = parts.iter().map(depth).max().unwrap_or(Depth::Read);
    match said.deepest {
        Some(deepest) if needed > deepest => return IntentVerdict::Mismatch,
        None if needed > Depth::Read => return IntentVerdict::Undeclared,
        _ => {}
    }
    if keeps_to_tables(&said, parts, catalog) {
        IntentVerdict::Match
    } else {
        IntentVerdict::Mismatch
    }
}

fn keeps_to_tables(said: &Said, parts: &[Effects], catalog: &Catalog) -> bool {
    let acts = || parts.iter().flat_map(|part| &part.acts);
    let touched = || {
        let own = |schema: &str| !["information_schema", "pg_catalog"].contains(&schema);
        acts().filter(move |act| {
            catalog.relation(act.object.oid).is_some() && own(&act.object.schema)
        })
    };
    let mut changed =
        touched().filter(|act| act.via.is_none() && act_depth(act.action) > Depth::Read);
    let is_named = touched().any(|act| said.names(&act.object.name));
    if touched().next().is_none() {
        return true;
    }
    // Where none of those touched is named, it matters whether others are.
    let names_others = || {
        catalog
            .relations()
            .any(|relation| said.names(&relation.name))
    };
    if !is_named {
        return !names_others();
    }
    changed.all(|act| said.names(&act.object.name))
}

fn act_depth(action: Action) -> Depth {
    match action.group() {
        Some("write") => Depth::Write,
        Some("define" | "control") => Depth::Define,
        _ => match action {
            Action::AnonymousBlock
            | Action::Configure
            | Action::Maintain
            | Action::ReachHost
            | Action::Signal
            | Action::Unresolved => Depth::Define,
            _ => Depth::Read,
        },
    }
}

/// How deep a part goes, as far as it is known.
fn depth(part: &Effects) -> Depth {
    let acts = part.acts.iter().map(|act| act_depth(act.action));
    let is_opaque = |call: &&model::Call| {
        let is_written = matches!(call.reach, Reach::Native | Reach::UserDefined);
        let is_fixed = matches!(
            call.volatility,
            Some(Volatility::Immutable | Volatility::Stable)
        );
        is_written && call.body != CallBody::Whole && !is_fixed
    };
    let calls = part.calls.iter().filter(is_opaque).map(|_| Depth::Write);
    let gaps = part.gaps.iter().map(|_| Depth::Write);
    acts.chain(calls).chain(gaps).max().unwrap_or(Depth::Read)
}

/// What a comment at a statement's end says (sqlcommenter).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comment {
    /// What a framework says of itself: controller, action, route.
    pub framework: Option<String>,
    /// `intent`.
    pub intent: Option<String>,
    /// `traceparent`.
    pub traceparent: Option<String>,
}

impl Comment {
    /// The last comment of a text that ends with one; `None` where it says nothing of this.
    pub fn of(text: &str) -> Option<Self> {
        let trimmed = text.trim_end_matches(|c: char| c.is_whitespace() || c == ';');
        if !trimmed.ends_with("*/") {
            return None;
        }
        // Only where the lexer sees a comment is there one: `'…*/'` is none.
        let comments = Lexer::new(text).filter(|token| token.kind == Kind::Space);
        let slices = comments.filter_map(|token| text.get(token.start..token.end));
        let last = slices.filter(|slice| slice.starts_with("/*")).last()?;
        let inside = last.strip_prefix("/*")?.strip_suffix("*/")?;
        let mut pairs = Vec::new();
        for pair in inside.split("',") {
            let (key, value) = pair.split_once("='")?;
            let value = value.trim_end().trim_end_matches('\'');
            pairs.push((decoded(key.trim()), decoded(&value.replace("\\'", "'"))));
        }
        let get = |wanted: &[&str]| {
            let mut found = pairs
                .iter()
                .filter(|(key, _)| wanted.contains(&key.as_str()));
            found
                .next()
                .map(|(_, value)| value.clone())
                .filter(|value| !value.is_empty())
        };
        let keys = ["controller", "action", "route"];
        let own: Vec<String> = keys.iter().filter_map(|key| get(&[key])).collect();
        let said = Self {
            framework: (!own.is_empty()).then(|| own.join(" ")),
            intent: get(&["intent", "portcullis.intent"]),
            traceparent: get(&["traceparent"]).filter(|value| is_trace(value)),
        };
        (said != Self::default()).then_some(said)
    }
}

/// `%41` as `A`; what is no such code stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            bytes.push(byte);
            rest = behind.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `00-<32 hex>-<16 hex>-<2 hex>`.
fn is_trace(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    let is_hex = |c: char| c.is_ascii_hexdigit() || c == '-';
    parts == [2, 32, 16, 2] && text.chars().all(is_hex)
}
