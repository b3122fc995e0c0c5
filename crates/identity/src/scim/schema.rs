//! What is kept of a user and of a group, and how it may be written: RFC 7643 in a table.
//!
//! Why so few attributes: what is not kept cannot leak. A directory may send more; it is let go,
//! as the specification allows, so that a directory's usual mapping works unchanged.
//!
//! One table serves discovery, reading, filters and changes, so that they cannot disagree.
// tidy: table — the attributes of users and groups, one after another

use model::ProvisionedKind;
use serde_json::{Map, Value, json};

use super::fault::Fault;

/// The longest text kept, characters.
const TEXT_CHARS: usize = 1_024;

/// The most values of one attribute in one request.
const VALUES: usize = 20_000;

/// What a value is.
#[derive(Debug)]
pub(super) enum Kind {
    Boolean,
    Complex(&'static [Attribute]),
    /// A moment.
    Moment,
    /// Where something is: `$ref`, with what it may be.
    Reference(&'static [&'static str]),
    /// A text, and whether its case counts.
    Text {
        is_exact: bool,
    },
}

/// Who may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mutability {
    Immutable,
    ReadOnly,
    ReadWrite,
}

/// One attribute.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) about: &'static str,
    pub(super) is_multiple: bool,
    pub(super) is_required: bool,
    pub(super) is_unique: bool,
    pub(super) kind: Kind,
    pub(super) mutability: Mutability,
    pub(super) name: &'static str,
}

/// A kind of resource.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) about: &'static str,
    pub(super) attributes: &'static [Attribute],
    pub(super) endpoint: &'static str,
    pub(super) id: &'static str,
    pub(super) name: &'static str,
}

const fn text(name: &'static str, about: &'static str) -> Attribute {
    Attribute {
        about,
        is_multiple: false,
        is_required: false,
        is_unique: false,
        kind: Kind::Text { is_exact: false },
        mutability: Mutability::ReadWrite,
        name,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "tables are built of it")]
const fn of(attribute: Attribute, kind: Kind) -> Attribute {
    Attribute { kind, ..attribute }
}

const fn by(attribute: Attribute, mutability: Mutability) -> Attribute {
    Attribute {
        mutability,
        ..attribute
    }
}

#[expect(clippy::needless_pass_by_value, reason = "tables are built of it")]
const fn many(attribute: Attribute, parts: &'static [Attribute]) -> Attribute {
    Attribute {
        is_multiple: true,
        kind: Kind::Complex(parts),
        ..attribute
    }
}

const EXACT: Kind = Kind::Text { is_exact: true };

/// What every resource has besides its schema's (RFC 7643 §3.1).
pub(super) static COMMON: &[Attribute] = &[
    of(text("externalId", "The directory's own id of it."), EXACT),
    by(of(text("id", "Our id of it."), EXACT), Mutability::ReadOnly),
    by(
        of(
            text("meta", "When and where."),
            Kind::Complex(&[
                of(text("created", "When it came."), Kind::Moment),
                of(text("lastModified", "When it last changed."), Kind::Moment),
                text("resourceType", "What it is."),
            ]),
        ),
        Mutability::ReadOnly,
    ),
    by(
        of(text("schemas", "What it is made of."), EXACT),
        Mutability::ReadOnly,
    ),
];

/// A person.
pub(super) static USER: Schema = Schema {
    about: "A person who may sign in",
    attributes: &[
        of(
            text(
                "active",
                "Whether the person may sign in; false ends open sessions.",
            ),
            Kind::Boolean,
        ),
        text("displayName", "What to call the person."),
        many(
            text("emails", "Addresses."),
            &[
                text("value", "The address."),
                text("type", "work, home, other."),
                of(
                    text("primary", "Whether it is the first one."),
                    Kind::Boolean,
                ),
            ],
        ),
        by(
            many(
                text("groups", "Groups the person is in: changed at the group."),
                &[
                    by(
                        of(text("value", "The group's id."), EXACT),
                        Mutability::ReadOnly,
                    ),
                    by(
                        of(
                            text("$ref", "Where the group is."),
                            Kind::Reference(&["Group"]),
                        ),
                        Mutability::ReadOnly,
                    ),
                    by(text("display", "The group's name."), Mutability::ReadOnly),
                ],
            ),
            Mutability::ReadOnly,
        ),
        of(
            text("name", "The parts of the person's name."),
            Kind::Complex(&[
                text("familyName", "The family name."),
                text("formatted", "The whole name."),
                text("givenName", "The given name."),
            ]),
        ),
        Attribute {
            is_required: true,
            is_unique: true,
            ..text(
                "userName",
                "What the person signs in as; case does not count.",
            )
        },
    ],
    endpoint: "/Users",
    id: "urn:ietf:params:scim:schemas:core:2.0:User",
    name: "User",
};

/// A group.
pub(super) static GROUP: Schema = Schema {
    about: "A group of people, whose name policy may speak of",
    attributes: &[
        Attribute {
            is_required: true,
            is_unique: true,
            ..text("displayName", "The group's name.")
        },
        many(
            text("members", "Who is in it: users."),
            &[
                by(
                    of(text("value", "The user's id."), EXACT),
                    Mutability::Immutable,
                ),
                by(
                    of(
                        text("$ref", "Where the user is."),
                        Kind::Reference(&["User"]),
                    ),
                    Mutability::Immutable,
                ),
                by(text("display", "The user's name."), Mutability::ReadOnly),
            ],
        ),
    ],
    endpoint: "/Groups",
    id: "urn:ietf:params:scim:schemas:core:2.0:Group",
    name: "Group",
};

/// An attribute by name, whatever its case.
pub(super) fn find(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

impl Schema {
    /// The one of a kind.
    pub(super) fn of(kind: ProvisionedKind) -> &'static Self {
        match kind {
            ProvisionedKind::Group => &GROUP,
            ProvisionedKind::User => &USER,
        }
    }

    /// An attribute of it, or a common one.
    pub(super) fn find(&self, name: &str) -> Option<&'static Attribute> {
        find(self.attributes, name).or_else(|| find(COMMON, name))
    }

    /// What is kept of what was said: known attributes under their own names.
    pub(super) fn read(&self, said: &Value) -> Result<Map<String, Value>, Fault> {
        let Some(said) = said.as_object() else {
            return Err(Fault::bad("invalidSyntax", "a resource is a JSON object"));
        };
        let mut kept = Map::new();
        for (name, value) in said {
            if let Some(attribute) = self.find(name)
                && attribute.mutability != Mutability::ReadOnly
                && let Some(value) = attribute.read(value)?
            {
                kept.insert(attribute.name.to_owned(), value);
            }
        }
        self.check(&kept)?;
        Ok(kept)
    }

    /// What a resource must have.
    pub(super) fn check(&self, kept: &Map<String, Value>) -> Result<(), Fault> {
        let mut required = self.attributes.iter().filter(|it| it.is_required);
        match required.find(|it| !kept.contains_key(it.name)) {
            Some(missing) => {
                let said = format!("{} is required", missing.name);
                Err(Fault::bad("invalidValue", said))
            }
            None => Ok(()),
        }
    }

    /// The schema as discovery shows it.
    pub(super) fn shown(&self, base: &str) -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": self.id,
            "name": self.name,
            "description": self.about,
            "attributes": shown_all(self.attributes),
            "meta": {
                "resourceType": "Schema",
                "location": format!("{base}/Schemas/{}", self.id),
            },
        })
    }

    /// The resource type as discovery shows it.
    pub(super) fn resource_type(&self, base: &str) -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": self.name,
            "name": self.name,
            "description": self.about,
            "endpoint": self.endpoint,
            "schema": self.id,
            "meta": {
                "resourceType": "ResourceType",
                "location": format!("{base}/ResourceTypes/{}", self.name),
            },
        })
    }
}

fn shown_all(attributes: &'static [Attribute]) -> Vec<Value> {
    attributes.iter().map(Attribute::shown).collect()
}

impl Attribute {
    /// A value of it, checked; `None` where it stands for nothing (RFC 7643 §2.5).
    pub(super) fn read(&self, said: &Value) -> Result<Option<Value>, Fault> {
        if !self.is_multiple {
            return self.one(said);
        }
        let values = match said {
            Value::Null => return Ok(None),
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        if values.len() > VALUES {
            let said = format!("{} takes {VALUES} values at once", self.name);
            return Err(Fault::bad("tooMany", said));
        }
        let mut kept = Vec::with_capacity(values.len());
        for value in values {
            kept.extend(self.one(value)?);
        }
        Ok((!kept.is_empty()).then_some(Value::Array(kept)))
    }

    /// One value.
    pub(super) fn one(&self, said: &Value) -> Result<Option<Value>, Fault> {
        let wrong = |what: &str| {
            Err(Fault::bad(
                "invalidValue",
                format!("{} must be {what}", self.name),
            ))
        };
        match (&self.kind, said) {
            (_, Value::Null) => Ok(None),
            (Kind::Boolean, Value::Bool(_)) => Ok(Some(said.clone())),
            // Entra says `"False"`.
            (Kind::Boolean, Value::String(word)) => match word.to_ascii_lowercase().as_str() {
                "true" => Ok(Some(true.into())),
                "false" => Ok(Some(false.into())),
                _ => wrong("true or false"),
            },
            (Kind::Boolean, _) => wrong("true or false"),
            (Kind::Complex(parts), Value::Object(said)) => {
                let mut kept = Map::new();
                for (name, value) in said {
                    if let Some(part) = find(parts, name)
                        && part.mutability != Mutability::ReadOnly
                        && let Some(value) = part.read(value)?
                    {
                        kept.insert(part.name.to_owned(), value);
                    }
                }
                Ok((!kept.is_empty()).then_some(Value::Object(kept)))
            }
            (Kind::Complex(_), _) => wrong("an object"),
            (Kind::Moment | Kind::Reference(_) | Kind::Text { .. }, Value::String(text)) => {
                if text.chars().count() > TEXT_CHARS {
                    return wrong(&format!("at most {TEXT_CHARS} characters"));
                }
                Ok(Some(said.clone()))
            }
            (Kind::Moment | Kind::Reference(_) | Kind::Text { .. }, _) => wrong("a text"),
        }
    }

    fn shown(&self) -> Value {
        let mut shown = json!({
            "name": self.name,
            "description": self.about,
            "type": match self.kind {
                Kind::Boolean => "boolean",
                Kind::Complex(_) => "complex",
                Kind::Moment => "dateTime",
                Kind::Reference(_) => "reference",
                Kind::Text { .. } => "string",
            },
            "multiValued": self.is_multiple,
            "required": self.is_required,
            "caseExact": matches!(
                self.kind,
                Kind::Reference(_) | Kind::Text { is_exact: true }
            ),
            "mutability": match self.mutability {
                Mutability::Immutable => "immutable",
                Mutability::ReadOnly => "readOnly",
                Mutability::ReadWrite => "readWrite",
            },
            "returned": "default",
            "uniqueness": if self.is_unique { "server" } else { "none" },
        });
        let more = match self.kind {
            Kind::Complex(parts) => Some(("subAttributes", shown_all(parts).into())),
            Kind::Reference(types) => Some(("referenceTypes", json!(types))),
            Kind::Boolean | Kind::Moment | Kind::Text { .. } => None,
        };
        if let (Some((name, value)), Some(shown)) = (more, shown.as_object_mut()) {
            shown.insert(name.to_owned(), value);
        }
        shown
    }
}
