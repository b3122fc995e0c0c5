//! What a target's account is: its password or where that comes from, `[vault]`, `[aws]`, and which
//! role an identity gets there.
//!
//! A reference counts only where it is written in the file itself: what a variable or a file holds
//! is a password, whatever it looks like. Nothing is fetched here.

use std::sync::Arc;
use std::time::Duration;

use ::secrets::Wanted;
use ::secrets::rds::Keys;
use ::secrets::vault::SignIn;
use gateway::config::Roles;
use model::GroupName;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::SslMode;
use super::check::Check;
use super::file::File;
use super::text::Text;
use super::url::Place;
use crate::verbs::tokens::seconds;

/// The shortest and the longest life of a lent role, seconds.
const LIVES_S: std::ops::RangeInclusive<u32> = 60..=7 * 86_400;

/// Which role an identity gets at a target.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RolesOf {
    /// Every agent's, whoever it acts for; else its groups decide, where the one it acts for is in
    /// them too.
    agents: Option<String>,
    /// Of whoever is in none of the groups; without it they are not let in.
    default: Option<String>,
    /// By group; the first that fits counts.
    #[serde(default)]
    groups: Vec<RoleOf>,
    /// Each principal is lent a login role of its own for that long (`1h`), a member of its role.
    #[schemars(with = "Option<String>")]
    lent: Option<Spanned<String>>,
}

/// The role of a group.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RoleOf {
    /// The group.
    #[schemars(with = "String")]
    group: Spanned<String>,
    /// Its role at the target.
    role: String,
}

/// A Vault.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VaultOf {
    /// `https://vault.example.com:8200`.
    pub(super) address: Text,
    /// Its namespace, where it has some.
    namespace: Option<String>,
    /// The authority of its certificate, in PEM; else what the system trusts.
    root_certificate: Option<Text>,
    /// A token, as it is.
    token: Option<Text>,
    /// A role and a secret of its own.
    approle: Option<AppRole>,
    /// A platform's token, from a file: `jwt`, `kubernetes`.
    jwt: Option<Jwt>,
}

/// Sign-in by `AppRole`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AppRole {
    /// Where it is mounted.
    #[serde(default = "approle")]
    mount: String,
    /// The role's id.
    role_id: Text,
    /// The secret's id.
    secret_id: Text,
}

/// Sign-in by a platform's token.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Jwt {
    /// Where the token lies; it is read at each sign-in.
    file: Text,
    /// Where it is mounted: `jwt`, `kubernetes`.
    #[serde(default = "jwt")]
    mount: String,
    /// The role.
    role: String,
}

fn approle() -> String {
    "approle".to_owned()
}

fn jwt() -> String {
    "jwt".to_owned()
}

/// Keys of AWS, for `rds-iam`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AwsOf {
    /// The access key's id.
    access_key_id: Text,
    /// The secret key.
    secret_access_key: Text,
    /// The token of temporary keys.
    session_token: Option<Text>,
}

/// A Vault, and what its certificate is checked against.
#[derive(Debug, Clone)]
pub(crate) struct VaultPlace {
    pub(crate) address: String,
    pub(crate) namespace: Option<String>,
    pub(crate) root_certificate: Option<std::path::PathBuf>,
    pub(crate) sign_in: SignIn,
}

impl Check<'_> {
    /// Where a target's password comes from; a plain one goes into its place.
    pub(super) fn password(&mut self, text: &Text, place: &mut Place) -> Option<Wanted> {
        if place.password.is_some() {
            let way_out = "leave it out of the URL";
            self.say(&text.at(), format!("the password is said twice: {way_out}"));
        }
        match Wanted::of(text.0.get_ref()) {
            None => {
                place.password = self.text(text);
                None
            }
            Some(Err(wrong)) => {
                self.say(&text.at(), wrong);
                None
            }
            Some(Ok(wanted)) => {
                let is_secret = !matches!(place.ssl_mode, SslMode::Disable | SslMode::Prefer);
                if matches!(wanted, Wanted::Rds(_)) && !is_secret {
                    let way_out = "set sslmode=verify-full and sslrootcert";
                    let said = format!("a token of AWS is sent as it is: {way_out}");
                    self.say(&text.at(), said);
                }
                Some(wanted)
            }
        }
    }

    pub(super) fn roles(&mut self, roles: &RolesOf) -> Roles {
        let mut groups = Vec::new();
        for one in &roles.groups {
            let group = self.word::<GroupName>(&one.group);
            groups.extend(group.map(|group| (group, Arc::from(one.role.as_str()))));
        }
        let lent = roles.lent.as_ref().and_then(|lent| {
            let life = seconds(lent.get_ref()).and_then(|life| {
                let bounds = "a role is lent for one minute to seven days";
                LIVES_S
                    .contains(&life)
                    .then_some(life)
                    .ok_or(bounds.to_owned())
            });
            life.map_err(|wrong| self.say(&lent.span(), wrong)).ok()
        });
        let named = |role: &Option<String>| role.as_deref().map(Arc::from);
        Roles {
            agents: named(&roles.agents),
            default: named(&roles.default),
            groups,
            lent: lent.map(|life| Duration::from_secs(life.into())),
        }
    }

    fn vault(&mut self, vault: &VaultOf) -> Option<VaultPlace> {
        let ways = [
            vault.token.is_some(),
            vault.approle.is_some(),
            vault.jwt.is_some(),
        ];
        if ways.into_iter().filter(|is_said| *is_said).count() != 1 {
            let way_out = "say one of token, approle and jwt";
            self.say(&vault.address.at(), format!("who are we there? {way_out}"));
            return None;
        }
        let sign_in = if let Some(token) = &vault.token {
            SignIn::Token(self.text(token)?)
        } else if let Some(approle) = &vault.approle {
            SignIn::AppRole {
                mount: approle.mount.clone(),
                role_id: self.text(&approle.role_id)?,
                secret_id: self.text(&approle.secret_id)?,
            }
        } else {
            let jwt = vault.jwt.as_ref()?;
            SignIn::Jwt {
                file: self.path(&jwt.file)?,
                mount: jwt.mount.clone(),
                role: jwt.role.clone(),
            }
        };
        let root_certificate = vault.root_certificate.as_ref();
        Some(VaultPlace {
            address: self.text(&vault.address)?,
            namespace: vault.namespace.clone(),
            root_certificate: root_certificate.and_then(|text| self.pem(text)),
            sign_in,
        })
    }

    fn aws(&mut self, aws: &AwsOf) -> Option<Keys> {
        let session_token = aws.session_token.as_ref();
        Some(Keys {
            access_key_id: self.text(&aws.access_key_id)?,
            secret_access_key: self.text(&aws.secret_access_key)?,
            session_token: session_token.and_then(|text| self.text(text)),
        })
    }

    /// What targets' accounts come from; one that is wanted and not said is a fault.
    pub(super) fn stores(&mut self, file: &File) -> (Option<VaultPlace>, Option<Keys>) {
        for text in file
            .targets
            .values()
            .filter_map(|target| target.password.as_ref())
        {
            let missing = match Wanted::of(text.0.get_ref()) {
                Some(Ok(Wanted::Rds(_))) if file.aws.is_none() => "[aws], the keys to sign by",
                Some(Ok(Wanted::VaultDatabase(..) | Wanted::VaultKeyValue(..)))
                    if file.vault.is_none() =>
                {
                    "[vault]"
                }
                _ => continue,
            };
            self.say(&text.at(), format!("this needs {missing}"));
        }
        let vault = file.vault.as_ref().and_then(|vault| self.vault(vault));
        (vault, file.aws.as_ref().and_then(|aws| self.aws(aws)))
    }
}
