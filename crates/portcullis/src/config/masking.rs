//! `[masking]`: among whom stand-ins agree, and under which keys.

use mask::Scopes;
use model::Class;
use toml::Spanned;

use super::check::Check;
use super::fault::unknown;
use super::file;

/// What the section means.
#[derive(Debug, Clone)]
pub(crate) struct Masking {
    /// Among whom.
    pub(crate) scopes: Scopes,
    /// Whose values they are.
    pub(crate) tenant: String,
    /// Which keys.
    pub(crate) version: u32,
}

impl Default for Masking {
    fn default() -> Self {
        Self {
            scopes: Scopes::default(),
            tenant: String::new(),
            version: 1,
        }
    }
}

impl Check<'_> {
    pub(super) fn masking(&mut self, found: file::Masking) -> Masking {
        let mut masking = Masking {
            tenant: found.tenant,
            ..Masking::default()
        };
        if let Some(version) = &found.key_version {
            masking.version = *version.get_ref();
            if masking.version == 0 {
                self.say(&version.span(), "versions of the mask keys count from 1");
            }
        }
        if let Some(scope) = &found.scope {
            masking.scopes.usual = self.word(scope).unwrap_or_default();
        }
        for (class, scope) in &found.scopes {
            let known = self.scoped(class);
            if let (Some(class), Some(scope)) = (known, self.word(scope)) {
                masking.scopes.classes.insert(class, scope);
            }
        }
        masking
    }

    /// A class with stand-ins of its own.
    fn scoped(&mut self, class: &Spanned<String>) -> Option<Class> {
        let word = class.get_ref();
        let known: Option<Class> = word.parse().ok();
        let known = known.filter(|class| !matches!(class, Class::FreeText | Class::Json));
        if known.is_none() {
            let classes = Class::ALL.iter().map(|class| class.as_str());
            self.say(&class.span(), unknown("class", word, classes));
        }
        known
    }
}
