//! `[identity.scim]` and `[identity.signals]`: who may say that somebody leaves.
//!
//! Why tokens of so many characters: whoever has one decides who may sign in. It opens nothing.

use std::collections::BTreeMap;

use ::identity::scim::Source;
use ::identity::signals::Transmitter;
use ::identity::token;
use model::{GroupName, TargetName};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Check;
use super::fault::unknown;
use super::identity::{Identity, is_here};
use super::text::Text;
use super::{Signalling, Trusted};

/// The least characters of a token.
const TOKEN_CHARS: usize = 32;

/// A directory that keeps its people here.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scim {
    /// The tokens it may show: two while one is being replaced.
    tokens: Vec<Text>,
    /// The provider its people sign in at ([identity.oidc.*]): their `externalId` is their subject
    /// there.
    #[schemars(with = "Option<String>")]
    provider: Option<Spanned<String>>,
    /// Which of its groups count, and what they are called here; where left out all of them, but
    /// for those that operate or review.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    groups: BTreeMap<String, Spanned<String>>,
    /// Who says which groups people are in: the directory (`scim`), or the tokens of the provider
    /// (`token`).
    #[serde(default)]
    groups_from: GroupsFrom,
}

/// Who says which groups people are in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum GroupsFrom {
    /// The directory.
    #[default]
    Scim,
    /// The tokens of its provider.
    Token,
}

/// One who signals.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Signals {
    /// Its issuer, to the byte as its events' `iss`.
    issuer: Text,
    /// What we are called there: the events' `aud`.
    audiences: Vec<String>,
    /// The provider whose people it speaks of ([identity.oidc.*]).
    #[schemars(with = "String")]
    provider: Spanned<String>,
    /// Where its keys are; else its description (`/.well-known/ssf-configuration`) says.
    keys: Option<Text>,
    /// A token it shows besides, where one was agreed upon.
    token: Option<Text>,
    /// The authority of its certificate, in PEM; else what the system trusts.
    root_certificate: Option<Text>,
}

impl Check<'_> {
    /// The directories; a provider whose people's groups come from one is told so.
    pub(super) fn directories(
        &mut self,
        identity: &Identity,
        providers: &mut [Trusted],
    ) -> Vec<Source> {
        let mut found = Vec::new();
        for (name, scim) in &identity.scim {
            found.extend(self.directory(name, scim, providers));
        }
        found
    }

    fn directory(
        &mut self,
        name: &Spanned<String>,
        scim: &Scim,
        providers: &mut [Trusted],
    ) -> Option<Source> {
        let has_groups = scim.groups_from == GroupsFrom::Scim;
        let mut issuer = None;
        if let Some(of) = &scim.provider {
            let at = self.provider_at(of, providers)?;
            let provider = &mut providers.get_mut(at)?.provider;
            provider.has_directory |= has_groups;
            issuer = Some(provider.issuer.clone());
        }
        if scim.tokens.is_empty() {
            self.say(&name.span(), "a directory shows a token: give `tokens`");
        }
        let tokens = scim.tokens.iter().filter_map(|text| self.token(text));
        let tokens = tokens.collect();
        let mut group_names = BTreeMap::new();
        for (theirs, ours) in &scim.groups {
            let ours = self.word::<GroupName>(ours);
            group_names.extend(ours.map(|ours| (theirs.clone(), ours)));
        }
        self.word::<TargetName>(name)?;
        Some(Source {
            group_names,
            has_groups,
            issuer,
            name: name.get_ref().clone(),
            tokens,
        })
    }

    /// The digest of a token, which must be hard to guess.
    fn token(&mut self, text: &Text) -> Option<[u8; 32]> {
        let token = self.text(text)?;
        if token.chars().count() < TOKEN_CHARS {
            let way_out = "such as `openssl rand -hex 32` gives";
            let said = format!("a token has at least {TOKEN_CHARS} characters, {way_out}");
            self.say(&text.at(), said);
        }
        Some(token::digest(token.as_bytes()))
    }

    fn provider_at(&mut self, name: &Spanned<String>, providers: &[Trusted]) -> Option<usize> {
        let names = || providers.iter().map(|known| known.provider.name.as_str());
        let found = names().position(|known| known == name.get_ref());
        if found.is_none() {
            self.say(&name.span(), unknown("provider", name.get_ref(), names()));
        }
        found
    }

    /// Who may signal that sessions are over.
    pub(super) fn signalling(
        &mut self,
        identity: &Identity,
        providers: &[Trusted],
    ) -> Vec<Signalling> {
        let each =
            |(name, signals): (&Spanned<String>, &Signals)| self.signals(name, signals, providers);
        identity.signals.iter().filter_map(each).collect()
    }

    fn signals(
        &mut self,
        name: &Spanned<String>,
        signals: &Signals,
        providers: &[Trusted],
    ) -> Option<Signalling> {
        let issuer = self.text(&signals.issuer)?;
        if !issuer.starts_with("https://") && !is_here(&issuer) {
            let said =
                format!("{issuer:?}: an issuer is https://…, as its events' `iss` writes it");
            self.say(&signals.issuer.at(), said);
        }
        if signals.audiences.is_empty() {
            let said = "events for anybody are taken by nobody: give `audiences`";
            self.say(&name.span(), said);
        }
        let of = self.provider_at(&signals.provider, providers)?;
        let people = providers.get(of)?.provider.issuer.clone();
        let token = signals.token.as_ref().and_then(|text| self.token(text));
        let keys = signals.keys.as_ref().and_then(|text| self.text(text));
        let root_certificate = signals.root_certificate.as_ref();
        let root_certificate = root_certificate.and_then(|text| self.pem(text));
        self.word::<TargetName>(name)?;
        Some(Signalling {
            root_certificate,
            transmitter: Transmitter {
                audiences: signals.audiences.clone(),
                issuer,
                keys,
                name: name.get_ref().clone(),
                people,
                token,
            },
        })
    }
}
