//! Whom a user means here, and how that principal stands: of one directory's own people.
//!
//! A person is told by issuer and subject; a name that is somebody else's is refused. What is kept
//! of a user decides whether the person may sign in and in which groups it is; an operator's own
//! no stands, whatever the directory says.

use model::{
    GroupName, PrincipalKind, PrincipalName, PrincipalRecord, Provisioned, Subjected, Timestamp,
};
use serde_json::{Map, Value};

use super::directory::Provisioning;
use super::fault::Fault;
use crate::guard::Guard;

type Document = Map<String, Value>;

impl Provisioning {
    /// Whom a new user means: a person of the directory's provider who came before, or a new one.
    pub(super) fn principal(
        &self,
        key: &str,
        document: &Document,
        now: Timestamp,
    ) -> Result<PrincipalName, Fault> {
        let store = &self.admin.directory.store;
        let of = self.subject(document);
        if let Some(of) = &of
            && let Some(name) = store.linked(of)?
        {
            let record = store.principal(&name)?;
            return match record {
                Some(record) if record.kind == PrincipalKind::Person => Ok(name),
                _ => Err(Fault::taken(format!("{name} is no person here"))),
            };
        }
        let name: PrincipalName = key.parse().map_err(|fault: model::BadName| {
            Fault::bad("invalidValue", format!("userName: {fault}"))
        })?;
        if store.principal(&name)?.is_some() {
            return Err(Fault::taken(format!(
                "{name} is somebody else's here: an operator says that they are one with \
                 `portcullis principals link`, or chooses"
            )));
        }
        let mut facts = vec![
            ("principal", name.to_string()),
            ("kind", PrincipalKind::Person.as_str().to_owned()),
            ("directory", self.source.name.clone()),
        ];
        if let Some(of) = &of {
            facts.push(("issuer", of.issuer.clone()));
            facts.push(("subject", of.subject.clone()));
        }
        self.admin.record("principal.added", facts)?;
        let record = PrincipalRecord {
            acts_for: None,
            created: now,
            groups: Vec::new(),
            is_disabled: false,
            kind: PrincipalKind::Person,
            salt: self.admin.directory.salt_of(name.as_str()),
            name: name.clone(),
        };
        match &of {
            Some(of) => store.enrol(of, &record)?,
            None => store.add_principal(&record)?,
        }
        Ok(name)
    }

    /// Who a user is at the directory's provider.
    fn subject(&self, document: &Document) -> Option<Subjected> {
        let subject = document.get("externalId").and_then(Value::as_str)?;
        Some(Subjected {
            issuer: self.source.issuer.clone()?,
            subject: subject.to_owned(),
        })
    }

    /// A user is the same person for ever; one who was nobody at the provider may become one.
    pub(super) fn check_subject(
        &self,
        one: &Provisioned,
        before: &Document,
        after: &Document,
    ) -> Result<(), Fault> {
        let (Some(name), was, is) = (&one.principal, self.subject(before), self.subject(after))
        else {
            return Ok(());
        };
        match (was, is) {
            (was, is) if was == is => Ok(()),
            (None, Some(is)) => {
                let store = &self.admin.directory.store;
                match store.linked(&is)? {
                    Some(known) if known == *name => Ok(()),
                    Some(_) => Err(Fault::taken("that externalId is somebody else's here")),
                    None => Ok(self.admin.link(name, &is)?),
                }
            }
            _ => {
                let said = "externalId tells who a person is at the identity provider, and stays";
                Err(Fault::bad("mutability", said))
            }
        }
    }

    /// Brings a user's principal to what is kept of the user.
    pub(super) fn settle(&self, user: Provisioned, now: Timestamp) -> Result<Provisioned, Fault> {
        let Some(name) = user.principal.clone() else {
            return Ok(user);
        };
        let store = &self.admin.directory.store;
        let Some(record) = store.principal(&name)? else {
            return Ok(user);
        };
        if self.source.has_groups {
            let groups = self.groups(&user)?;
            if groups != record.groups {
                self.admin
                    .regroup(&name, &groups, ("directory", &self.source.name))?;
            }
        }
        // What is not said changes nothing; and only a no of the directory's own is taken back.
        let said = self.plain(&user).get("active").and_then(Value::as_bool);
        let has_disabled = match (said, record.is_disabled) {
            (Some(false), false) => {
                self.admin.disable(&name)?;
                self.admin.end(&name, now, now)?;
                true
            }
            (Some(true), true) if user.has_disabled => {
                self.admin.enable(&name)?;
                false
            }
            (Some(true), _) => false,
            (Some(false), true) | (None, _) => user.has_disabled,
        };
        if has_disabled == user.has_disabled {
            return Ok(user);
        }
        let settled = Provisioned {
            has_disabled,
            revision: user.revision + 1,
            ..user
        };
        store.reprovision(&settled)?;
        Ok(settled)
    }

    /// What a user's groups are called here.
    fn groups(&self, user: &Provisioned) -> Result<Vec<GroupName>, Fault> {
        let guard = Guard {
            caller: None,
            reviewing: self.reviewing.clone(),
        };
        let theirs = self.groups_of(&user.id)?;
        let ours = theirs.iter().filter_map(|(_, theirs)| {
            if !self.source.group_names.is_empty() {
                return self.source.group_names.get(theirs).cloned();
            }
            let ours = theirs.parse().ok();
            ours.filter(|group| !guard.is_guarded(group))
        });
        let mut ours: Vec<GroupName> = ours.collect();
        ours.sort();
        ours.dedup();
        Ok(ours)
    }
}
