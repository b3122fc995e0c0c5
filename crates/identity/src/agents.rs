//! The kill switch: an agent, a task, or all of somebody's, stopped at once.
//!
//! What is stopped signs in nowhere; open sessions end at the gateway's next look, and what they
//! hold is withdrawn with them. Stopping takes no rights but to stop: anyone with the data
//! directory in hand may, and of those who show a token the owner, the person acted for, and
//! operators. It starts nothing again.

use model::{
    DelegationRecord, PrincipalKind, PrincipalName, PrincipalRecord, StoreFault, Timestamp,
    TokenRecord,
};

use crate::{Admin, AdminFault};

/// What is stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// An agent: disabled, with every task it is on.
    Agent(PrincipalName),
    /// Every agent of that owner, and every task for them.
    Owner(PrincipalName),
    /// One task, whichever agents are on it.
    Task(String),
}

/// What was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// Agents that are disabled now.
    pub agents: Vec<PrincipalName>,
    /// Tasks whose tokens count no more.
    pub tasks: Vec<String>,
}

/// An agent on a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnTask {
    /// The agent.
    pub agent: PrincipalName,
    /// What it was given.
    pub delegation: DelegationRecord,
    /// Until when, unless it is renewed.
    pub expires: Timestamp,
}

impl Admin {
    /// Stops it, recorded first.
    pub fn stop(&self, whose: &Whose, now: Timestamp) -> Result<Stopped, AdminFault> {
        let (agents, tokens) = self.meant(whose, now)?;
        self.may_stop(whose, &tokens)?;
        let mut tasks: Vec<String> = tokens.iter().filter_map(task_of).collect();
        tasks.sort();
        tasks.dedup();
        let names: Vec<&str> = agents.iter().map(|agent| agent.name.as_str()).collect();
        let by = match whose {
            Whose::Agent(name) => ("agent", name.to_string()),
            Whose::Owner(name) => ("owner", name.to_string()),
            Whose::Task(task) => ("task", task.clone()),
        };
        let facts = vec![by, ("agents", names.join(" ")), ("tasks", tasks.join(" "))];
        self.record("agent.killed", facts)?;
        for agent in &agents {
            self.directory.store.set_disabled(&agent.name, true)?;
        }
        for token in &tokens {
            self.directory.store.revoke_token(&token.id)?;
        }
        self.directory.changed();
        let agents = agents.into_iter().map(|agent| agent.name).collect();
        Ok(Stopped { agents, tasks })
    }

    /// The agents to disable and the live tokens to revoke.
    fn meant(
        &self,
        whose: &Whose,
        now: Timestamp,
    ) -> Result<(Vec<PrincipalRecord>, Vec<TokenRecord>), AdminFault> {
        let store = &self.directory.store;
        let mut tokens = store.tokens()?;
        tokens.retain(|token| !token.is_revoked && token.expires > now);
        let agents = match whose {
            Whose::Agent(name) => {
                let agent = self.existing(name)?;
                if agent.kind != PrincipalKind::Agent {
                    let what = format!("agent {name}");
                    return Err(StoreFault::Missing { what }.into());
                }
                vec![agent]
            }
            Whose::Owner(owner) => {
                self.existing(owner)?;
                let mut all = store.principals()?;
                all.retain(|one| one.acts_for.as_ref() == Some(owner));
                all
            }
            Whose::Task(_) => Vec::new(),
        };
        let is_stopped = |name: &PrincipalName| agents.iter().any(|agent| agent.name == *name);
        tokens.retain(|token| {
            let on = token.delegation.as_ref();
            let is_on_task = on.is_some_and(|on| match whose {
                Whose::Agent(_) => on.through.iter().any(is_stopped),
                Whose::Owner(owner) => on.person == *owner || on.through.iter().any(is_stopped),
                Whose::Task(task) => on.task == *task,
            });
            is_on_task || is_stopped(&token.principal)
        });
        if let (Whose::Task(task), true) = (whose, tokens.is_empty()) {
            let what = format!("live task {task}");
            return Err(StoreFault::Missing { what }.into());
        }
        Ok((agents, tokens))
    }

    fn may_stop(&self, whose: &Whose, tokens: &[TokenRecord]) -> Result<(), AdminFault> {
        // The socket alone may: it stops, and gives nothing.
        let Some(guard) = self.guard().filter(|guard| guard.caller.is_some()) else {
            return Ok(());
        };
        let owner = match whose {
            Whose::Agent(name) => self
                .existing(name)?
                .acts_for
                .unwrap_or_else(|| name.clone()),
            Whose::Owner(owner) => owner.clone(),
            Whose::Task(task) => {
                let person = tokens.iter().find_map(|token| token.delegation.as_ref());
                let missing = || StoreFault::Missing {
                    what: format!("live task {task}"),
                };
                person.ok_or_else(missing)?.person.clone()
            }
        };
        guard.may_give_agent(&self.directory, &owner)
    }

    /// Who is on which task now, by task.
    pub fn on_tasks(&self, now: Timestamp) -> Result<Vec<OnTask>, AdminFault> {
        let mut tokens = self.directory.store.tokens()?;
        tokens.retain(|token| !token.is_revoked && token.expires > now);
        let on = |token: TokenRecord| {
            Some(OnTask {
                delegation: token.delegation?,
                agent: token.principal,
                expires: token.expires,
            })
        };
        let mut all: Vec<OnTask> = tokens.into_iter().filter_map(on).collect();
        all.sort_by(|a, b| a.delegation.task.cmp(&b.delegation.task));
        Ok(all)
    }
}

fn task_of(token: &TokenRecord) -> Option<String> {
    Some(token.delegation.as_ref()?.task.clone())
}
