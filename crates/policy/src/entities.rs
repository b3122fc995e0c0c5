//! Who and what Cedar is asked about: entities and their ids.
//!
//! Built from what one access touches, never from the whole catalog. A fact Cedar cannot be told
//! (`None` here) is a no. Nothing is decided here.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use catalog::postgres::settings;
use cedar_policy::{Entities, Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use model::{Action, Object, PrincipalKind, Subject, TargetFacts};
use rustc_hash::FxHashMap;

use crate::Access;
use crate::question::{FunctionFacts, Question, Thing};

/// The schema's types, parsed once: parsing a name costs more than a decision.
static KINDS: LazyLock<FxHashMap<&'static str, EntityTypeName>> = LazyLock::new(|| {
    let names = [
        "Action",
        "Agent",
        "Column",
        "Environment",
        "Function",
        "Group",
        "Other",
        "Person",
        "Role",
        "Schema",
        "Service",
        "Setting",
        "Table",
        "Target",
    ];
    names
        .into_iter()
        .filter_map(|name| Some((name, name.parse().ok()?)))
        .collect()
});

/// The id of an entity of one of the schema's types.
pub(crate) fn uid(kind: &'static str, id: &str) -> Option<EntityUid> {
    let name = KINDS.get(kind)?.clone();
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
    functions: HashMap<EntityUid, FunctionFacts<'a>>,
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
    pub(crate) fn ask(&mut self, question: &Question<'a>) -> Option<(EntityUid, EntityUid)> {
        let action = action(question.action)?;
        let groups = match question.action.group() {
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

    fn thing(&mut self, thing: &Thing<'a>) -> Option<EntityUid> {
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
                    ("body", text(facts.body)),
                    ("digest", text(facts.digest)),
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
            Thing::Role(name) | Thing::Schema(name) => (target, vec![("name", text(name))]),
            Thing::Setting(name) => {
                let meaning = settings::meaning(name).word();
                (
                    target,
                    vec![("meaning", text(meaning)), ("name", text(name))],
                )
            }
        };
        self.put(uid, attributes, [parent])
    }

    /// A schema, or the target where there is none.
    fn schema(&mut self, name: &'a str) -> Option<EntityUid> {
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
    let plain = |name: &str| format!("{target}/{}", quoted(name));
    let within = |schema: &str, name: &str| {
        if schema.is_empty() {
            return plain(name);
        }
        format!("{target}/{}.{}", quoted(schema), quoted(name))
    };
    match thing {
        Thing::Column(c) => format!("{}.{}", within(&c.schema, &c.table), quoted(&c.column)),
        Thing::Function { object, .. } | Thing::Other(object) => {
            within(&object.schema, &object.name)
        }
        Thing::Role(name) | Thing::Schema(name) => plain(name),
        // Dots belong to a setting's name.
        Thing::Setting(name) => format!("{target}/{name}"),
        Thing::Table { name, schema } => within(schema, name),
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
    uid("Action", action.as_str())
}

pub(crate) fn text(text: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_owned())
}
