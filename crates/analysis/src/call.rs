//! Calls: which function, what it reaches, and what its value comes from.
//!
//! Why: a call can do anything the function can. A name that several functions answer to is taken
//! for all of them.
//! Bodies of users' functions are read in `body`; of one that cannot be, the value is opaque.

use std::rc::Rc;

use catalog::Function;
use model::{Action, Call, CallBody, ObjectKind, Reach, Volatility};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use crate::alike::same_string;
use crate::body::{Reading, is_whole};
use crate::dice::is_of_each;
use crate::kinds::session_value;
use crate::narrow;
use crate::notes::named;
use crate::reach;
use crate::reader::{Reader, child};
use crate::scope::Scope;
use crate::total::is_total_cast;
use crate::tree::keyword_function;
use crate::unnamed::digest_of;
use crate::value::{Touch, Value};
use crate::world::is_text_like;

/// Functions of the grammar that are written like any other.
fn pseudo(kind: SyntaxKind) -> Option<&'static str> {
    Some(match kind {
        SyntaxKind::COALESCE_KW => "coalesce",
        SyntaxKind::GREATEST_KW => "greatest",
        SyntaxKind::GROUPING_KW => "grouping",
        SyntaxKind::LEAST_KW => "least",
        SyntaxKind::NULLIF_KW => "nullif",
        SyntaxKind::XMLCONCAT_KW => "xmlconcat",
        _ => return None,
    })
}

/// Types that stand for another.
pub(crate) fn is_polymorphic(type_oid: u32) -> bool {
    matches!(
        type_oid,
        2249 | 2276 | 2277 | 2283 | 2776 | 3500 | 3831 | 4537 | 4538 | 5077..=5080
    )
}

impl<'a> Reader<'a> {
    /// A call expression.
    pub(crate) fn call(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Value {
        let Some(first) = node.children().next() else {
            self.unread(node);
            return Value::opaque(0);
        };
        if first.kind() == SyntaxKind::EXISTS_FN {
            return self.condition(node, scope).value;
        }
        if let Some(known) = keyword_function(first.kind()) {
            return self.keyword(node, &first, known, scope);
        }
        let (Some(parts), Some(list)) = (Self::dotted(&first), child(node, SyntaxKind::ARG_LIST))
        else {
            self.unread(&first);
            return Value::opaque(0);
        };
        let mut values = self.sweep(&list, scope);
        if is_of_each(&list) {
            for value in &values {
                // The server may sort what it gathers by what it tells apart.
                self.tells_apart(value);
            }
        }
        values.extend(self.trailer(node, &list, scope));
        let keyword = first.first_token().map(|token| token.kind());
        if let Some(type_oid) = keyword.and_then(session_value) {
            return Value::clean(type_oid);
        }
        if let Some(name) = keyword.and_then(pseudo)
            && first.kind() == SyntaxKind::NAME_REF
        {
            self.note_built_in(name);
            return self.pseudo_value(name, &values);
        }
        let (schema, name) = match parts.as_slice() {
            [name] => (None, name.as_str()),
            [.., schema, name] => (Some(schema.as_str()), name.as_str()),
            [] => return Value::opaque(0),
        };
        if let Some(shown) = self.year_of((schema, name), &values, &list) {
            self.never(|reader| reader.applied(schema, name, &values, Some(&list)));
            return shown;
        }
        self.arguments_of(name, node, &list);
        self.sums(
            node,
            &self.world.functions(schema, name, Some(values.len())),
        );
        let ranked = std::mem::take(&mut self.ranked);
        let value = self.applied(schema, name, &values, Some(&list));
        match values.as_slice() {
            // The grammar knows it: a column for each array, whatever else is called so.
            [_, _, ..] if name == "unnest" => Value {
                row: Some(self.unnested(&values).into()),
                ..value
            },
            _ => self.ranked_by(value, &ranked),
        }
    }

    /// A function that the grammar knows by a form of its own.
    fn keyword(
        &mut self,
        node: &SyntaxNode,
        first: &SyntaxNode,
        (name, type_oid): (&'static str, u32),
        scope: &Scope<'_>,
    ) -> Value {
        self.level.is_gathered |= matches!(
            first.kind(),
            SyntaxKind::JSON_ARRAY_AGG_FN | SyntaxKind::JSON_OBJECT_AGG_FN
        );
        let mut values = self.sweep(first, scope);
        if let Some(shown) = self.extracted(first, &values) {
            self.note_built_in(name);
            return shown;
        }
        values.extend(self.trailer(node, first, scope));
        if !matches!(name, "all" | "any" | "some") {
            self.note_built_in(name);
        }
        let type_oid = match (name, values.first()) {
            ("btrim" | "overlay" | "substring", Some(first)) => same_string(first),
            _ => type_oid,
        };
        self.handles(name, &values, type_oid != 0);
        let value = self.computed(&values, type_oid);
        let is_total = name == "btrim" && values.len() == 1;
        self.told(value, is_total)
    }

    fn pseudo_value(&mut self, name: &str, values: &[Value]) -> Value {
        let type_oid = match (name, values) {
            ("grouping", _) => return Value::clean(23),
            ("xmlconcat", _) => 142,
            // What is compared may be of two types; the first is given.
            ("nullif", [first, ..]) => self.alike(std::slice::from_ref(first)),
            _ => self.alike(values),
        };
        if let ("nullif", [l, r]) = (name, values) {
            self.overloaded(None, "=", Some(l), r);
        }
        if name != "nullif" {
            self.meets(values);
        }
        if name != "coalesce" || type_oid == 0 {
            self.loses(values);
        }
        let value = self.computed(values, type_oid);
        self.told(value, matches!(name, "coalesce" | "greatest" | "least"))
    }

    /// A function of the server's own that the grammar knows.
    fn note_built_in(&mut self, name: &str) {
        self.notes.call(Call {
            body: CallBody::None,
            digest: None,
            is_security_definer: false,
            function: named(ObjectKind::Function, "pg_catalog", name),
            reach: Reach::Pure,
            via: None,
            volatility: Some(Volatility::Immutable),
        });
    }

    /// A function on values.
    pub(crate) fn apply(&mut self, schema: Option<&str>, name: &str, values: &[Value]) -> Value {
        self.applied(schema, name, values, None)
    }

    fn applied(
        &mut self,
        schema: Option<&str>,
        name: &str,
        values: &[Value],
        list: Option<&SyntaxNode>,
    ) -> Value {
        let found = self.world.functions(schema, name, Some(values.len()));
        if found.is_empty() {
            return self.not_a_function(schema, name, values);
        }
        let chosen = self.resolved(schema, found, values, list);
        self.brings(&chosen, values);
        let followed = match chosen.as_slice() {
            [only] => self.follows(only.what, &only.takes, values),
            _ => 0,
        };
        let found: Vec<&Function> = chosen.into_iter().map(|one| one.what).collect();
        if let Some(own) = found.iter().find(|function| !function.is_users()) {
            let keeps = followed != 0 || !is_polymorphic(own.result);
            self.handles(name, values, keeps);
        }
        let inner = self.texts(&found, list);
        let mut is_trusted = true;
        let mut readings = Vec::new();
        for function in &found {
            let is_text_read = inner.is_some() && reach::of(function) == Reach::RunsSql;
            let (is_own, reading) = self.note_call(function, &found);
            is_trusted &= is_own || is_text_read;
            self.keeps(function, reading.as_deref(), values);
            readings.push(reading);
        }
        let type_oid = match found.as_slice() {
            [first, rest @ ..]
                if rest.iter().all(|f| f.result == first.result)
                    && !is_polymorphic(first.result) =>
            {
                first.result
            }
            _ => followed,
        };
        if is_trusted && name == "count" {
            return self.counted(values, type_oid);
        }
        let is_total = self.is_total(&found, name, values, list);
        let type_oid = match values {
            // Ranges have a lower and an upper too: of a text it is a text.
            [only] if is_total && is_text_like(only.type_oid) && is_case(name) => 25,
            _ => type_oid,
        };
        let computed = match &inner {
            Some(inner) => self.computed(&[values, inner].concat(), type_oid),
            None => self.computed(values, type_oid),
        };
        self.steps(&found, (values, &computed), list);
        // A body that was read has told already what it tells, but of what it was given.
        let is_read = readings.iter().all(|r| is_whole(r.as_deref())) && !self.is_masked(&computed);
        let value = self.told(computed, is_total || is_read);
        let mut value = self.given(&value, &found, &readings, is_trusted);
        if inner.is_some() {
            // What a text gives may be every row: it narrows nothing.
            value.touch = Touch::Mentions;
        }
        self.met(value, &found, values, is_trusted)
    }

    /// How many there may be of what a call gives, and of which source.
    fn met(&self, value: Value, found: &[&Function], values: &[Value], is_trusted: bool) -> Value {
        let mut value = narrow::given(value, found, is_trusted);
        let is_cased = is_trusted && found.iter().all(|f| is_case(&f.name));
        if let ([only], true) = (values, is_cased) {
            value.from = only.from;
        }
        let may_list = |f: &&Function| {
            self.world
                .catalog
                .type_of(f.result)
                .is_some_and(|t| t.category == 'A')
        };
        let is_strange = !is_trusted && found.iter().any(may_list);
        let is_own = value.touch == Touch::Mentions && !is_cased;
        let is_mixed = is_own || is_strange;
        if is_mixed { value.of_rows() } else { value }
    }

    /// Notes a call of one of `found`: whether its value comes from its arguments alone, and what
    /// its body does where it is a user's.
    fn note_call(
        &mut self,
        function: &'a Function,
        found: &[&Function],
    ) -> (bool, Option<Rc<Reading>>) {
        let alike = || found.iter().filter(|f| f.schema == function.schema);
        let mut object = named(ObjectKind::Function, &function.schema, &function.name);
        if alike().count() == 1 {
            object.oid = function.oid;
        }
        let reach = reach::of(function);
        self.reaches(reach, &object.clone());
        let reading = (reach == Reach::UserDefined).then(|| self.reading(function, None));
        self.notes.call(Call {
            body: reading.as_ref().map_or(CallBody::None, |r| r.body),
            digest: digest_of(function),
            is_security_definer: alike().any(|f| f.is_security_definer),
            function: object,
            reach,
            via: None,
            volatility: alike().map(|f| f.volatility).max(),
        });
        let reads = matches!(reach, Reach::Pure | Reach::Catalog | Reach::Settings);
        let steps = matches!(reach, Reach::SetsSettings | Reach::Locks | Reach::Sleeps);
        (reads || steps || reach == Reach::Sequence, reading)
    }

    /// The actions that follow from a reach.
    pub(crate) fn reaches(&mut self, reach: Reach, object: &model::Object) {
        let action = match reach {
            Reach::Pure | Reach::Catalog | Reach::Settings | Reach::SetsSettings => return,
            Reach::Host | Reach::Network => Some(Action::ReachHost),
            Reach::Locks => Some(Action::Lock),
            Reach::Notifies => Some(Action::Notify),
            Reach::Signals => Some(Action::Signal),
            Reach::Snapshots => Some(Action::Snapshot),
            Reach::Administers => Some(Action::Configure),
            Reach::LargeObjects
            | Reach::Native
            | Reach::OtherSessions
            | Reach::RunsSql
            | Reach::Sequence
            | Reach::Sleeps
            | Reach::Storage
            | Reach::Unknown
            | Reach::UserDefined => None,
        };
        self.notes.act(Action::Call, object.clone());
        if let Some(action) = action {
            self.notes.act(action, object.clone());
        }
    }

    /// A name that is no function: a cast in a function's clothes, a column, or unknown.
    fn not_a_function(&mut self, schema: Option<&str>, name: &str, values: &[Value]) -> Value {
        if let ([only], false) = (values, self.world.names.is_lost_function(name)) {
            let field = only
                .row
                .as_ref()
                .and_then(|row| row.iter().find(|field| *field.name == *name));
            if let (Some(field), None) = (field, schema) {
                let value = field.value.clone();
                self.seen(&value);
                return value;
            }
            let type_oid = self.world.type_oid(schema, name);
            if type_oid != 0 {
                self.casts(only, type_oid);
                self.casts_within(only, &[], type_oid);
                let value = self.computed(values, type_oid);
                return self.told(value, is_total_cast(type_oid));
            }
        }
        let object = named(ObjectKind::Function, schema.unwrap_or_default(), name);
        let reach = reach::missing(name);
        self.notes
            .gap("function", format!("function {name} is not in the catalog"));
        self.notes.act(Action::Call, object.clone());
        self.reaches(reach, &object);
        self.notes.call(Call {
            body: CallBody::None,
            digest: None,
            is_security_definer: false,
            function: object,
            reach,
            via: None,
            volatility: None,
        });
        Value {
            touch: Touch::Mentions,
            ..Value::opaque(0)
        }
    }
}

/// Whether a function changes the case of a text.
fn is_case(name: &str) -> bool {
    matches!(name, "lower" | "upper")
}
