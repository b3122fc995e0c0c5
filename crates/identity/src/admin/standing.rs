//! How a principal stands, changed: disabled, enabled, in which groups, which tokens count.
//!
//! Whatever takes a right away says so once it is done ([`LocalDirectory::changes`]), so that open
//! sessions are looked at.
//!
//! [`LocalDirectory::changes`]: crate::LocalDirectory::changes

use model::{
    GroupName, PrincipalKind, PrincipalName, PrincipalRecord, StoreFault, Timestamp, TokenRecord,
};

use super::{Admin, AdminFault};

impl Admin {
    /// Disables a principal: it signs in nowhere, nor do its agents. A second time changes nothing.
    pub fn disable(&self, name: &PrincipalName) -> Result<PrincipalRecord, AdminFault> {
        let record = self.existing(name)?;
        if !record.is_disabled {
            self.record("principal.disabled", vec![("principal", name.to_string())])?;
            self.directory.store.set_disabled(name, true)?;
            self.directory.changed();
        }
        Ok(PrincipalRecord {
            is_disabled: true,
            ..record
        })
    }

    /// Lets a disabled principal sign in again. Tokens that were revoked stay so.
    pub fn enable(&self, name: &PrincipalName) -> Result<PrincipalRecord, AdminFault> {
        let record = self.existing(name)?;
        if record.is_disabled {
            if let Some(guard) = &self.guard {
                guard.may_add(&self.directory, &record.groups)?;
                // An agent under our own account does not let itself back in.
                if record.kind == PrincipalKind::Agent {
                    guard.may_issue(&self.directory, &record)?;
                }
            }
            self.record("principal.enabled", vec![("principal", name.to_string())])?;
            self.directory.store.set_disabled(name, false)?;
        }
        Ok(PrincipalRecord {
            is_disabled: false,
            ..record
        })
    }

    /// Puts a principal into these groups, sorted, and out of all others, as `by` says.
    pub(crate) fn regroup(
        &self,
        name: &PrincipalName,
        groups: &[GroupName],
        by: (&'static str, &str),
    ) -> Result<(), AdminFault> {
        let words: Vec<&str> = groups.iter().map(GroupName::as_str).collect();
        let facts = vec![
            ("principal", name.to_string()),
            ("groups", words.join(" ")),
            (by.0, by.1.to_owned()),
        ];
        self.record("principal.groups", facts)?;
        self.directory.store.set_groups(name, groups)?;
        self.directory.changed();
        Ok(())
    }

    /// Revokes a token. A second time changes nothing.
    pub fn revoke(&self, id: &str) -> Result<TokenRecord, AdminFault> {
        let missing = || StoreFault::Missing {
            what: format!("token {id}"),
        };
        let record = self.directory.store.token(id)?.ok_or_else(missing)?;
        if !record.is_revoked {
            let facts = vec![
                ("token", record.id.clone()),
                ("principal", record.principal.to_string()),
            ];
            self.record("token.revoked", facts)?;
            self.directory.store.revoke_token(id)?;
            self.directory.changed();
        }
        Ok(TokenRecord {
            is_revoked: true,
            ..record
        })
    }

    /// Revokes a principal's live tokens, those issued by `until`: how many.
    pub(crate) fn end(
        &self,
        name: &PrincipalName,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<usize, AdminFault> {
        let live = self.directory.store.live_tokens(name, now, usize::MAX)?;
        let ended = live.iter().filter(|token| token.created <= until);
        let mut count = 0;
        for token in ended {
            self.revoke(&token.id)?;
            count += 1;
        }
        Ok(count)
    }
}
