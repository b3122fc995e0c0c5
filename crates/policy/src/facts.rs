//! How Cedar is told of a question: entities, contexts, ids.
//!
//! Built from what one access touches, never from the whole catalog. A fact Cedar cannot be told
//! (`None` here) is a no. Nothing is decided here.

use std::collections::{HashMap, HashSet};

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression,
};
use model::{Action, Object, PrincipalKind, Subject, TargetFacts};
use rustc_hash::FxHashMap;

use crate::question::{Extra, FunctionFacts, PartFacts, Question, Thing};
use crate::{Access, words};

const SECOND_US: i64 = 1_000_000;
const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 86_400;

/// The action group an action is in, as the schema has it.
pub(crate) fn group_of(action: Action) -> Option<&'static str> {
    match action {
        Action::CopyOut | Action::Select => Some("read"),
        Action::CopyIn | Action::Delete | Action::Insert | Action::Merge | Action::Update => {
            Some("write")
        }
        Action::Alter | Action::Create | Action::Drop | Action::Truncate => Some("define"),
        Action::Grant | Action::ManageRole | Action::Revoke | Action::SetRole => Some("control"),
        Action::Configure | Action::Lock | Action::Maintain | Action::Signal => Some("administer"),
        Action::AnonymousBlock | Action::Call => Some("execute"),
        Action::Listen | Action::Notify | Action::Set | Action::Snapshot | Action::Transaction => {
            Some("session")
        }
        Action::Connect
        | Action::Filter
        | Action::ReachHost
        | Action::Reveal
        | Action::Unresolved => None,
    }
}

/// The id of an entity of one of the schema's types.
pub(crate) fn uid(kind: &'static str, id: &str) -> Option<EntityUid> {
    // A type name is parsed once per thread and word: parsing costs more than a decision.
    thread_local! {
        static KINDS: std::cell::RefCell<FxHashMap<&'static str, EntityTypeName>> =
            std::cell::RefCell::default();
    }
    let name = KINDS.with_borrow_mut(|kinds| {
        if let Some(name) = kinds.get(kind) {
            return Some(name.clone());
        }
        let name: EntityTypeName = kind.parse().ok()?;
        kinds.insert(kind, name.clone());
        Some(name)
    })?;
    Some(EntityUid::from_type_name_and_id(name, EntityId::new(id)))
}

/// A principal's id.
pub(crate) fn principal(subject: &Subject) -> Option<EntityUid> {
    let kind = match subject.kind {
        PrincipalKind::Agent => "Agent",
        PrincipalKind::Person => "Person",
        PrincipalKind::Service => "Service",
    };
    uid(kind, subject.name.as_str())
}

/// The entities of one access.
pub(crate) struct World<'a> {
    entities: HashMap<EntityUid, Entity>,
    functions: HashMap<EntityUid, FunctionFacts>,
    target: &'a TargetFacts,
}

impl<'a> World<'a> {
    /// A world with the target, its environment and the subjects.
    pub(crate) fn of(access: &'a Access<'_>) -> Option<Self> {
        let target = &*access.session.target;
        let mut this = Self {
            entities: HashMap::new(),
            functions: HashMap::new(),
            target,
        };
        let environment = this.add("Environment", &target.environment, [], [])?;
        let labels = target
            .labels
            .iter()
            .map(|(name, value)| text(&format!("{name}={value}")));
        let attributes = [
            ("database", text(&target.database)),
            ("labels", RestrictedExpression::new_set(labels)),
            ("name", text(target.name.as_str())),
        ];
        this.add("Target", target.name.as_str(), attributes, [environment])?;
        let identity = &access.session.identity;
        for subject in identity.subjects() {
            let mut groups = Vec::new();
            for group in &subject.groups {
                groups.push(this.add("Group", group.as_str(), [], [])?);
            }
            let mut attributes = vec![("name", text(subject.name.as_str()))];
            if subject.kind == PrincipalKind::Agent
                && let Some(other) = &identity.acts_for
            {
                attributes.push(("acts_for", text(other.name.as_str())));
            }
            let uid = principal(subject)?;
            this.put(uid, attributes, groups)?;
        }
        Some(this)
    }

    /// Whether this thing can stand here: overloads of one name may differ in what they reach.
    pub(crate) fn fits(&self, thing: &Thing<'_>) -> bool {
        let Thing::Function { facts, .. } = thing else {
            return true;
        };
        let known = self
            .uid_of(thing)
            .and_then(|uid| self.functions.get(&uid).copied());
        known.is_none_or(|known| known == *facts)
    }

    /// Adds a question's action and thing; gives the ids of both.
    pub(crate) fn ask(&mut self, question: &Question<'_>) -> Option<(EntityUid, EntityUid)> {
        let action = action(question.action)?;
        let groups = match group_of(question.action) {
            Some(group) => vec![self.add("Action", group, [], [])?],
            None => Vec::new(),
        };
        self.put(action.clone(), [], groups)?;
        Some((action, self.thing(&question.thing)?))
    }

    /// Everything added so far, for Cedar.
    pub(crate) fn entities(&self) -> Option<Entities> {
        Entities::from_entities(self.entities.values().cloned(), None).ok()
    }

    fn thing(&mut self, thing: &Thing<'_>) -> Option<EntityUid> {
        let uid = self.uid_of(thing)?;
        if self.entities.contains_key(&uid) {
            return Some(uid);
        }
        let target = self::uid("Target", self.target.name.as_str())?;
        let (parent, attributes) = match *thing {
            Thing::Target => return Some(uid),
            Thing::Column(column) => {
                let table = Thing::Table {
                    name: &column.table,
                    schema: &column.schema,
                };
                let classes = column.class.iter().map(|class| text(class.as_str()));
                let attributes = vec![
                    ("classes", RestrictedExpression::new_set(classes)),
                    ("name", text(&column.column)),
                    ("schema", text(&column.schema)),
                    ("table", text(&column.table)),
                ];
                (self.thing(&table)?, attributes)
            }
            Thing::Function { object, facts } => {
                self.functions.insert(uid.clone(), facts);
                let attributes = vec![
                    (
                        "is_security_definer",
                        RestrictedExpression::new_bool(facts.is_security_definer),
                    ),
                    ("name", text(&object.name)),
                    ("reach", text(facts.reach)),
                    ("schema", text(&object.schema)),
                    ("volatility", text(facts.volatility)),
                ];
                (self.schema(&object.schema)?, attributes)
            }
            Thing::Other(Object { name, schema, .. }) => (
                self.schema(schema)?,
                vec![("name", text(name)), ("schema", text(schema))],
            ),
            Thing::Table { name, schema } => (
                self.schema(schema)?,
                vec![("name", text(name)), ("schema", text(schema))],
            ),
            Thing::Role(name) | Thing::Schema(name) | Thing::Setting(name) => {
                (target, vec![("name", text(name))])
            }
        };
        self.put(uid, attributes, [parent])
    }

    /// A schema, or the target where there is none.
    fn schema(&mut self, name: &str) -> Option<EntityUid> {
        if name.is_empty() {
            return self.thing(&Thing::Target);
        }
        self.thing(&Thing::Schema(name))
    }

    fn uid_of(&self, thing: &Thing<'_>) -> Option<EntityUid> {
        let kind = match thing {
            Thing::Column(_) => "Column",
            Thing::Function { .. } => "Function",
            Thing::Other(_) => "Other",
            Thing::Role(_) => "Role",
            Thing::Schema(_) => "Schema",
            Thing::Setting(_) => "Setting",
            Thing::Table { .. } => "Table",
            Thing::Target => "Target",
        };
        uid(kind, &name_of(self.target, thing))
    }

    fn add<const A: usize, const P: usize>(
        &mut self,
        kind: &'static str,
        id: &str,
        attributes: [(&'static str, RestrictedExpression); A],
        parents: [EntityUid; P],
    ) -> Option<EntityUid> {
        self.put(uid(kind, id)?, attributes, parents)
    }

    fn put(
        &mut self,
        uid: EntityUid,
        attributes: impl IntoIterator<Item = (&'static str, RestrictedExpression)>,
        parents: impl IntoIterator<Item = EntityUid>,
    ) -> Option<EntityUid> {
        if !self.entities.contains_key(&uid) {
            let attributes: HashMap<_, _> = attributes
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            let parents: HashSet<_> = parents.into_iter().collect();
            let entity = Entity::new(uid.clone(), attributes, parents).ok()?;
            self.entities.insert(uid.clone(), entity);
        }
        Some(uid)
    }
}

/// A thing's id, as people read it too: `orders/shop.customers.email`.
pub(crate) fn name_of(target: &TargetFacts, thing: &Thing<'_>) -> String {
    let target = target.name.as_str();
    match thing {
        Thing::Column(c) => {
            format!(
                "{target}/{}.{}.{}",
                quoted(&c.schema),
                quoted(&c.table),
                quoted(&c.column)
            )
        }
        Thing::Function {
            object: Object { name, schema, .. },
            ..
        }
        | Thing::Other(Object { name, schema, .. })
            if schema.is_empty() =>
        {
            format!("{target}/{}", quoted(name))
        }
        Thing::Function {
            object: Object { name, schema, .. },
            ..
        }
        | Thing::Other(Object { name, schema, .. }) => {
            format!("{target}/{}.{}", quoted(schema), quoted(name))
        }
        Thing::Table { name, schema: "" } => format!("{target}/{}", quoted(name)),
        Thing::Table { name, schema } => format!("{target}/{}.{}", quoted(schema), quoted(name)),
        Thing::Role(name) | Thing::Schema(name) => format!("{target}/{}", quoted(name)),
        // Dots belong to a setting's name.
        Thing::Setting(name) => format!("{target}/{name}"),
        Thing::Target => target.to_owned(),
    }
}

/// A name as SQL would write it, so that a dot inside a name is not a dot between names.
fn quoted(name: &str) -> std::borrow::Cow<'_, str> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'$';
    let starts = name
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_lowercase() || b == b'_');
    if starts && name.bytes().all(plain) {
        return name.into();
    }
    format!("\"{}\"", name.replace('"', "\"\"")).into()
}

fn action(action: Action) -> Option<EntityUid> {
    uid("Action", words::action(action))
}

fn text(text: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_owned())
}

fn long(number: i64) -> RestrictedExpression {
    RestrictedExpression::new_long(number)
}

fn record<const N: usize>(
    fields: [(&str, RestrictedExpression); N],
) -> Option<RestrictedExpression> {
    let fields = fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    RestrictedExpression::new_record(fields).ok()
}

/// The contexts of one access: what all questions share is built once, what a part adds once a part.
pub(crate) struct Contexts<'a> {
    access: &'a Access<'a>,
    by_part: FxHashMap<PartFacts<'a>, Context>,
}

impl<'a> Contexts<'a> {
    /// Contexts for this access.
    pub(crate) fn of(access: &'a Access<'a>) -> Self {
        Self {
            access,
            by_part: FxHashMap::default(),
        }
    }

    /// The context of a question.
    pub(crate) fn context(
        &mut self,
        question: &Question<'a>,
        is_revealed: bool,
    ) -> Option<Context> {
        if !self.by_part.contains_key(&question.part) {
            let built = self.build(question.part)?;
            self.by_part.insert(question.part, built);
        }
        let shared = self.by_part.get(&question.part)?.clone();
        let mut extra: Vec<(&str, RestrictedExpression)> = Vec::new();
        match &question.extra {
            Extra::None => return Some(shared),
            Extra::Control(control) => extra.push(("control", text(control))),
            Extra::Filter(form) => {
                extra.push(("form", text(words::form(*form))));
                extra.push(("is_revealed", RestrictedExpression::new_bool(is_revealed)));
            }
            Extra::Gap(kind) => extra.push(("gap", text(kind))),
            Extra::Setting {
                is_local,
                name,
                value,
            } => {
                extra.push(("is_local", RestrictedExpression::new_bool(*is_local)));
                extra.push(("name", text(name)));
                extra.extend(value.as_deref().map(|value| ("value", text(value))));
            }
        }
        shared
            .merge(
                extra
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value)),
            )
            .ok()
    }

    fn build(&self, part: PartFacts<'_>) -> Option<Context> {
        let mut pairs = vec![
            ("session".to_owned(), self.session()?),
            ("statement".to_owned(), self.statement(part)?),
            ("time".to_owned(), self.time()?),
        ];
        if let Some(intent) = &self.access.session.intent {
            pairs.push(("intent".to_owned(), text(intent)));
        }
        Context::from_pairs(pairs).ok()
    }

    fn session(&self) -> Option<RestrictedExpression> {
        let session = self.access.session;
        let age_s = self.access.now.since_us(session.opened) / SECOND_US;
        let mut fields = vec![
            (
                "acts_for",
                RestrictedExpression::new_bool(session.identity.acts_for.is_some()),
            ),
            ("age_s", long(age_s)),
            (
                "encrypted",
                RestrictedExpression::new_bool(session.is_encrypted),
            ),
            ("method", text(words::method(session.identity.method))),
        ];
        if let Some(address) = session.address {
            let address = address.ip().to_canonical().to_string();
            fields.push(("address", RestrictedExpression::new_ip(address)));
        }
        let fields = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        RestrictedExpression::new_record(fields).ok()
    }

    fn statement(&self, part: PartFacts<'_>) -> Option<RestrictedExpression> {
        let effects = self.access.effects;
        let gaps = || effects.iter().flat_map(|part| &part.gaps);
        let kinds = effects.iter().map(|part| text(&part.kind));
        record([
            ("bounded", RestrictedExpression::new_bool(part.is_bounded)),
            ("fingerprint", text(self.access.fingerprint)),
            (
                "gap_kinds",
                RestrictedExpression::new_set(gaps().map(|gap| text(&gap.kind))),
            ),
            (
                "gaps",
                RestrictedExpression::new_bool(gaps().next().is_some()),
            ),
            ("has_where", RestrictedExpression::new_bool(part.has_where)),
            ("kind", text(part.kind)),
            ("kinds", RestrictedExpression::new_set(kinds)),
            ("parts", long(i64::try_from(effects.len()).ok()?)),
        ])
    }

    fn time(&self) -> Option<RestrictedExpression> {
        let epoch_s = self.access.now.0.div_euclid(SECOND_US);
        // The epoch was a Thursday, the fourth day.
        let weekday = (epoch_s.div_euclid(DAY_S) + 3).rem_euclid(7) + 1;
        record([
            ("epoch_s", long(epoch_s)),
            ("hour", long(epoch_s.rem_euclid(DAY_S) / HOUR_S)),
            ("weekday", long(weekday)),
        ])
    }
}
