//! Words of the policy vocabulary for actions and their groups.
//!
//! Why here: policy asks about them, and a delegation says by them what it covers; both must mean
//! the same.
// tidy: table — a word per action

use crate::Action;

impl Action {
    /// Every action.
    pub const ALL: &[Self] = &[
        Self::Select,
        Self::CopyOut,
        Self::Insert,
        Self::Update,
        Self::Delete,
        Self::Merge,
        Self::CopyIn,
        Self::Create,
        Self::Alter,
        Self::Drop,
        Self::Truncate,
        Self::Grant,
        Self::Revoke,
        Self::SetRole,
        Self::ManageRole,
        Self::Maintain,
        Self::Lock,
        Self::Configure,
        Self::Signal,
        Self::Call,
        Self::AnonymousBlock,
        Self::ReachHost,
        Self::Set,
        Self::Listen,
        Self::Notify,
        Self::Snapshot,
        Self::Transaction,
        Self::Connect,
        Self::Reveal,
        Self::Filter,
        Self::Unresolved,
    ];

    /// The action's name in policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::CopyOut => "copy_out",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Merge => "merge",
            Self::CopyIn => "copy_in",
            Self::Create => "create",
            Self::Alter => "alter",
            Self::Drop => "drop",
            Self::Truncate => "truncate",
            Self::Grant => "grant",
            Self::Revoke => "revoke",
            Self::SetRole => "set_role",
            Self::ManageRole => "manage_role",
            Self::Maintain => "maintain",
            Self::Lock => "lock",
            Self::Configure => "configure",
            Self::Signal => "signal",
            Self::Call => "call",
            Self::AnonymousBlock => "anonymous_block",
            Self::ReachHost => "reach_host",
            Self::Set => "set",
            Self::Listen => "listen",
            Self::Notify => "notify",
            Self::Snapshot => "snapshot",
            Self::Transaction => "transaction",
            Self::Connect => "connect",
            Self::Reveal => "reveal",
            Self::Filter => "filter",
            Self::Unresolved => "unresolved",
        }
    }

    /// The group of actions it is in, as policy has it.
    pub fn group(self) -> Option<&'static str> {
        match self {
            Self::CopyOut | Self::Select => Some("read"),
            Self::CopyIn | Self::Delete | Self::Insert | Self::Merge | Self::Update => {
                Some("write")
            }
            Self::Alter | Self::Create | Self::Drop | Self::Truncate => Some("define"),
            Self::Grant | Self::ManageRole | Self::Revoke | Self::SetRole => Some("control"),
            Self::Configure | Self::Lock | Self::Maintain | Self::Signal => Some("administer"),
            Self::AnonymousBlock | Self::Call => Some("execute"),
            Self::Listen | Self::Notify | Self::Set | Self::Snapshot | Self::Transaction => {
                Some("session")
            }
            Self::Connect | Self::Filter | Self::ReachHost | Self::Reveal | Self::Unresolved => {
                None
            }
        }
    }

    /// The actions a word means: one action's own, or a group's; empty for a word that is neither.
    pub fn named(word: &str) -> Vec<Self> {
        let means = |action: &&Self| action.as_str() == word || action.group() == Some(word);
        Self::ALL.iter().filter(means).copied().collect()
    }
}
