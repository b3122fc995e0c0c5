//! [`Provisioning`]: one directory's users and groups, and what they mean here.
//!
//! A user is a person here; a group's members are in the group of that name. What is said is kept
//! first, then principals are brought to what is kept, so that a change that broke off is finished
//! by the next one, or by [`Provisioning::reconcile`] at the start.
//!
//! It does not say whom a user means: `person` does.

use std::collections::BTreeMap;

use model::{GroupName, Provisioned, ProvisionedKind, StoreFault, Timestamp};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use super::fault::Fault;
use super::patch;
use super::schema::Schema;
use crate::{Admin, AdminFault, ReviewingGroups, token};

type Document = Map<String, Value>;

/// One directory, as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Which of its groups count, and what they are called here; all of them, by their own names
    /// and but for those that operate or review, where empty.
    pub group_names: BTreeMap<String, GroupName>,
    /// Whether its groups say who is in what here; else they are only kept.
    pub has_groups: bool,
    /// Whose subjects its `externalId`s are: the issuer of its people's tokens.
    pub issuer: Option<String>,
    /// What it is called.
    pub name: String,
    /// SHA-256 of the tokens it may show.
    pub tokens: Vec<[u8; 32]>,
}

/// What is asked of one that is there.
pub(super) enum Change<'v> {
    Patch(&'v Value),
    Replace(&'v Value),
}

/// One directory's people and groups.
pub struct Provisioning {
    pub(super) admin: Admin,
    /// Changes are made one after the other.
    pub(super) order: Mutex<()>,
    most: usize,
    pub(super) reviewing: ReviewingGroups,
    pub(super) source: Source,
}

impl std::fmt::Debug for Provisioning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provisioning")
            .field("source", &self.source.name)
            .finish_non_exhaustive()
    }
}

impl Provisioning {
    /// The provisioning by that directory. `admin` records as it; `most` users and groups each.
    pub fn new(admin: Admin, source: Source, reviewing: ReviewingGroups, most: usize) -> Self {
        Self {
            admin,
            order: Mutex::default(),
            most,
            reviewing,
            source,
        }
    }

    /// Brings every principal to what is kept: a change may have broken off.
    pub fn reconcile(&self, now: Timestamp) -> Result<(), AdminFault> {
        let store = &self.admin.directory.store;
        for user in store.provisioned(&self.source.name, ProvisionedKind::User)? {
            let reconciled = self.settle(user, now);
            if let Err(fault) = reconciled {
                tracing::error!(directory = self.source.name, fault.detail, "a user's state");
            }
        }
        Ok(())
    }

    /// Everything of a kind.
    pub(super) fn all(&self, kind: ProvisionedKind) -> Result<Vec<Provisioned>, Fault> {
        Ok(self
            .admin
            .directory
            .store
            .provisioned(&self.source.name, kind)?)
    }

    /// One of a kind.
    pub(super) fn one(&self, kind: ProvisionedKind, id: &str) -> Result<Provisioned, Fault> {
        let store = &self.admin.directory.store;
        let found = store.provisioned_one(&self.source.name, id)?;
        found
            .filter(|one| one.kind == kind)
            .ok_or_else(|| Fault::missing(&format!("{} {id}", Schema::of(kind).name)))
    }

    /// Adds one.
    pub(super) fn create(
        &self,
        kind: ProvisionedKind,
        said: &Value,
        now: Timestamp,
    ) -> Result<Provisioned, Fault> {
        let mut document = Schema::of(kind).read(said)?;
        let all = self.all(kind)?;
        if all.len() >= self.most {
            let said = format!("a directory keeps at most {} here", self.most);
            return Err(Fault::bad("tooMany", said));
        }
        let key = key(kind, &document);
        if all.iter().any(|one| one.key == key) {
            return Err(Fault::taken(format!("{key} exists already")));
        }
        let members = members(&mut document);
        let mut one = Provisioned {
            changed: now,
            created: now,
            document: String::new(),
            has_disabled: false,
            id: token::fresh_id().map_err(AdminFault::from)?,
            key,
            kind,
            principal: None,
            revision: 1,
            source: self.source.name.clone(),
        };
        if kind == ProvisionedKind::User {
            document.entry("active").or_insert(Value::Bool(true));
            one.principal = Some(self.principal(&one.key, &document, now)?);
        }
        one.document = written(document);
        let store = &self.admin.directory.store;
        if let Some(members) = &members {
            self.check_members(members)?;
        }
        store.provision(&one)?;
        if let Some(members) = members {
            self.regroup(&one, &members, now)?;
        }
        self.settle(one, now)
    }

    /// Changes one that is there.
    pub(super) fn change(
        &self,
        one: Provisioned,
        change: &Change<'_>,
        now: Timestamp,
    ) -> Result<Provisioned, Fault> {
        let schema = Schema::of(one.kind);
        let before = self.document(&one)?;
        let mut after = match change {
            Change::Patch(said) => patch::apply(schema, &before, said)?,
            Change::Replace(said) => schema.read(said)?,
        };
        if one.kind == ProvisionedKind::User {
            self.check_subject(&one, &before, &after)?;
        }
        let held = self.admin.directory.store.members(&one.id)?;
        let members = members(&mut after).unwrap_or_default();
        self.check_members(&members)?;
        let is_renamed = one.key != key(one.kind, &after);
        let changed = Provisioned {
            changed: now,
            document: written(after.clone()),
            key: key(one.kind, &after),
            revision: one.revision + 1,
            ..one
        };
        let store = &self.admin.directory.store;
        store.reprovision(&changed).map_err(|fault| match fault {
            StoreFault::Exists { .. } => Fault::taken(format!("{} exists already", changed.key)),
            fault => fault.into(),
        })?;
        if changed.kind == ProvisionedKind::Group {
            if members != held {
                self.regroup(&changed, &members, now)?;
            } else if is_renamed {
                self.settle_users(&held, now)?;
            }
        }
        self.settle(changed, now)
    }

    /// Removes one. Its person stays, disabled: the ledger goes on to speak of them.
    pub(super) fn remove(&self, one: &Provisioned, now: Timestamp) -> Result<(), Fault> {
        let store = &self.admin.directory.store;
        if let Some(name) = &one.principal {
            self.admin.disable(name)?;
            self.admin.end(name, now, now)?;
            if self.source.has_groups {
                self.admin
                    .regroup(name, &[], ("directory", &self.source.name))?;
            }
        }
        let members = store.members(&one.id)?;
        store.unprovision(&self.source.name, &one.id)?;
        self.settle_users(&members, now)
    }

    /// What is kept of one, members and all.
    pub(super) fn document(&self, one: &Provisioned) -> Result<Document, Fault> {
        let mut document: Document = serde_json::from_str(&one.document).unwrap_or_default();
        if one.kind == ProvisionedKind::Group {
            let ids = self.admin.directory.store.members(&one.id)?;
            let members: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();
            if !members.is_empty() {
                document.insert("members".to_owned(), members.into());
            }
        }
        Ok(document)
    }

    /// The groups a user is in: ids and names.
    pub(super) fn groups_of(&self, user: &str) -> Result<Vec<(String, String)>, Fault> {
        let store = &self.admin.directory.store;
        let mut groups = Vec::new();
        for id in store.member_of(user)? {
            if let Some(group) = store.provisioned_one(&self.source.name, &id)? {
                let document = self.plain(&group);
                let name = document.get("displayName").and_then(Value::as_str);
                groups.push((id, name.unwrap_or_default().to_owned()));
            }
        }
        Ok(groups)
    }

    pub(super) fn plain(&self, one: &Provisioned) -> Document {
        serde_json::from_str(&one.document).unwrap_or_else(|fault| {
            tracing::error!(directory = self.source.name, id = one.id, %fault, "not readable");
            Document::new()
        })
    }

    fn check_members(&self, members: &[String]) -> Result<(), Fault> {
        for id in members {
            self.one(ProvisionedKind::User, id).map_err(|_| {
                Fault::bad(
                    "invalidValue",
                    format!("members are users, and {id} is none here"),
                )
            })?;
        }
        Ok(())
    }

    /// Gives a group its members; whoever comes or goes is told of it.
    fn regroup(
        &self,
        group: &Provisioned,
        members: &[String],
        now: Timestamp,
    ) -> Result<(), Fault> {
        let store = &self.admin.directory.store;
        let mut touched = store.members(&group.id)?;
        store.set_members(&group.id, members)?;
        touched.extend_from_slice(members);
        touched.sort();
        touched.dedup();
        self.settle_users(&touched, now)
    }

    fn settle_users(&self, ids: &[String], now: Timestamp) -> Result<(), Fault> {
        for id in ids {
            let found = self
                .admin
                .directory
                .store
                .provisioned_one(&self.source.name, id)?;
            if let Some(user) = found {
                self.settle(user, now)?;
            }
        }
        Ok(())
    }
}

/// What tells one from the next.
fn key(kind: ProvisionedKind, document: &Document) -> String {
    let name = match kind {
        ProvisionedKind::Group => "displayName",
        ProvisionedKind::User => "userName",
    };
    let name = document.get(name).and_then(Value::as_str);
    name.unwrap_or_default().to_lowercase()
}

/// Takes the members out of a document: their ids.
fn members(document: &mut Document) -> Option<Vec<String>> {
    let members = document.remove("members")?;
    let ids = members.as_array().into_iter().flatten();
    let ids = ids.filter_map(|one| one.get("value")?.as_str().map(str::to_owned));
    let mut ids: Vec<String> = ids.collect();
    ids.sort();
    ids.dedup();
    Some(ids)
}

fn written(document: Document) -> String {
    Value::Object(document).to_string()
}
