//! Effects as one line a person can check.
//!
//! Why: the cases are read more often than they are run.
// tidy: table — one line per kind of effect, in the order they are written

use analysis::{Analysis, Edit, Instead, Place, Source, Usage};
use model::{Act, Call, CallBody, ColumnRef, Effects, Lineage, Reach};

fn column(column: &ColumnRef) -> String {
    let class = if column.class.is_some() { "!" } else { "" };
    format!("{}{class}", column.column)
}

fn origin(of: &ColumnRef) -> String {
    format!("{}.{}", of.table, column(of))
}

fn word<T: serde::Serialize>(of: &T) -> String {
    match serde_json::to_value(of).unwrap() {
        serde_json::Value::String(word) => word,
        serde_json::Value::Object(named) => {
            let words = named.iter().map(|(word, name)| match name.as_str() {
                Some(name) => format!("{word} {name}"),
                None => word.clone(),
            });
            words.collect()
        }
        _ => "?".to_owned(),
    }
}

fn via(via: Option<&str>) -> String {
    via.map(|via| format!(" <{via}>")).unwrap_or_default()
}

fn act(act: &Act) -> String {
    let object = &act.object;
    let schema = match object.schema.as_str() {
        "" | "public" => String::new(),
        schema => format!("{schema}."),
    };
    let columns: Vec<String> = act.columns.iter().map(column).collect();
    let columns = if columns.is_empty() {
        String::new()
    } else {
        format!("({})", columns.join(","))
    };
    let via = via(act.via.as_deref());
    format!(
        "{} {schema}{}{columns}{via}",
        word(&act.action),
        object.name
    )
}

fn call(call: &Call) -> Option<String> {
    let definer = if call.is_security_definer { "!" } else { "" };
    let is_quiet = call.reach == Reach::Pure;
    let via = via(call.via.as_deref());
    let read = match call.body {
        CallBody::None => "",
        CallBody::Partly => "~",
        CallBody::Whole => "+",
    };
    let (name, reach) = (&call.function.name, word(&call.reach));
    (!is_quiet).then(|| format!("{name}:{reach}{read}{definer}{via}"))
}

fn origins(columns: &[ColumnRef]) -> String {
    let origins: Vec<String> = columns.iter().map(origin).collect();
    origins.join(",")
}

fn lineage(lineage: &Lineage) -> String {
    match lineage {
        Lineage::Clean => "-".to_owned(),
        Lineage::Opaque => "?".to_owned(),
        Lineage::Bare(of) => origin(of),
        Lineage::Derived(from) => format!("f({})", origins(from)),
        Lineage::OneOf(of) => format!("one of ({})", origins(of)),
    }
}

fn part(effects: &Effects) -> String {
    let mut line = vec![effects.kind.clone()];
    let mut list = |name: &str, items: Vec<String>| {
        if !items.is_empty() {
            line.push(format!("{name} {}", items.join("; ")));
        }
    };
    list("acts", effects.acts.iter().map(act).collect());
    list("calls", effects.calls.iter().filter_map(call).collect());
    let outputs = effects.outputs.iter().flatten().map(|output| {
        let oid = output
            .type_oid
            .map(|oid| format!(":{oid}"))
            .unwrap_or_default();
        format!(
            "{}={}{oid}",
            output.name.as_deref().unwrap_or("?"),
            lineage(&output.lineage)
        )
    });
    list("out", outputs.collect());
    let filters = effects.filters.iter();
    list(
        "by",
        filters
            .map(|f| format!("{} {}", word(&f.form), origin(&f.column)))
            .collect(),
    );
    let bound = |p: &model::Predicate| match (p.has_where, p.is_bounded, p.is_tautology) {
        (false, ..) => "all".to_owned(),
        (_, _, true) => "always".to_owned(),
        (_, true, _) => "bounded".to_owned(),
        _ => "open".to_owned(),
    };
    list("rows", effects.predicate.iter().map(bound).collect());
    let settings = effects.settings.iter().map(|s| {
        let local = if s.is_local { "local " } else { "" };
        format!(
            "{local}{}={}",
            s.name,
            s.value.as_deref().unwrap_or("default")
        )
    });
    list("set", settings.collect());
    list(
        "names",
        effects
            .names
            .iter()
            .map(|name| format!("{name:?}"))
            .collect(),
    );
    list("tx", effects.transaction.iter().map(word).collect());
    list(
        "copy",
        effects
            .copy
            .iter()
            .map(|copy| format!("{:?}", copy.form))
            .collect(),
    );
    list(
        "gaps",
        effects
            .gaps
            .iter()
            .map(|gap| format!("{}: {}", gap.kind, gap.reason))
            .collect(),
    );
    line.join(" | ").trim_end().to_owned()
}

/// Which constants are held against, or written to, which columns, and as what they are read.
fn places(places: &[Place]) -> String {
    let place = |place: &Place| {
        let source = match &place.source {
            Source::Kept { name, .. } => format!("in {name}"),
            Source::Literal(number) => format!("literal {number}"),
            Source::Other => "other".to_owned(),
            Source::Parameter(number) => format!("${}", number + 1),
        };
        let sign = match place.usage {
            Usage::Compared => "=",
            Usage::Written => "to",
        };
        let array = if place.is_array { "[]" } else { "" };
        let shared = if place.is_shared { " and more" } else { "" };
        let column = &place.column;
        let (table, name, oid) = (&column.table, &column.column, place.type_oid);
        format!("{source} {sign} {table}.{name}:{oid}{array}{shared}")
    };
    let all: Vec<String> = places.iter().map(place).collect();
    if all.is_empty() {
        return String::new();
    }
    format!(" | places {}", all.join("; "))
}

/// One line for each part, and whether the answer depends on literals.
pub(crate) fn of(analysis: &Analysis, sql: Option<&str>) -> String {
    let mut lines: Vec<String> = analysis
        .parts
        .iter()
        .map(|p| format!("=> {}{}", part(&p.effects), places(&p.places)))
        .collect();
    // Whether what is looked for may be found is not known here: it may.
    let is_made = |edit: &&Edit| edit.instead != Instead::Unfound;
    let edits = || {
        analysis
            .parts
            .iter()
            .flat_map(|part| &part.edits)
            .filter(is_made)
    };
    if edits().next().is_some() {
        let rest = analysis.parts.iter().flat_map(|part| &part.unanswered);
        let words: Vec<String> = rest
            .map(|f| format!("{} {}", word(&f.form), origin(&f.column)))
            .collect();
        let words = match words.join("; ") {
            words if words.is_empty() => words,
            words => format!(" by {words}"),
        };
        let text = sql.map(|sql| analysis::edited(sql, edits()).unwrap());
        let text = text.unwrap_or_default().replace('\n', " ");
        lines.push(format!("=> or{words}: {text}"));
    }
    if analysis.depends_on_literals {
        lines.push("=> (by its literals)".to_owned());
    }
    if lines.is_empty() {
        lines.push("=> nothing".to_owned());
    }
    lines.join("\n")
}
