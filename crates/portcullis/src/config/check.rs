//! From what is written to what is meant; every fault is collected before any is said.

use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use model::{Class, Mode, TargetFacts, TargetName};
use toml::Spanned;

use super::fault::{Fault, Faults, Page, unknown};
use super::file::{self, File};
use super::text::{Lookup, Text};
use super::{
    Certificate, Config, Listener, Overrides, Policies, STORE_FILE, Target, bare, take_apart,
};

/// One reading of one file.
pub(crate) struct Check<'a> {
    faults: Vec<Fault>,
    lookup: Lookup<'a>,
}

impl<'a> Check<'a> {
    pub(crate) fn new(
        page: &'a Page,
        folder: &'a Path,
        env: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        Self {
            faults: Vec::new(),
            lookup: Lookup { env, page, folder },
        }
    }

    pub(crate) fn config(mut self, file: File) -> Result<Config, Faults> {
        let data_dir = self.path(&file.data_dir).unwrap_or_default();
        self.unbuilt(&file);
        let targets = self.targets(&file.targets, &file.catalog);
        let listeners = self.listeners(&file);
        let mut providers = self.providers(&file.identity);
        let directories = self.directories(&file.identity, &mut providers);
        let signalling = self.signalling(&file.identity, &providers);
        let is_bearer = |listener: &&file::Listener| listener.sign_in == file::SignIn::Oauth;
        if let Some(listener) = file.listeners.iter().find(is_bearer)
            && providers
                .iter()
                .all(|known| known.provider.audiences.is_empty())
        {
            let way_out = "name a provider with `audiences` under [identity.oidc]";
            let said = format!("nobody gives access tokens for sign_in = \"oauth\": {way_out}");
            self.say(&listener.address.at(), said);
        }
        let http = file
            .listen
            .http
            .as_ref()
            .and_then(|text| self.address(text));
        let (vault, aws) = self.stores(&file);
        let config = Config {
            aws,
            vault,
            authorities: self.authorities(&file.identity.certificates),
            file: None,
            http,
            limits: file.limits,
            listeners,
            directories,
            providers,
            signalling,
            masking: self.masking(file.masking),
            policies: Policies {
                builtin: file.builtin,
                path: self.policies(file.policies),
            },
            store: self.store(file.store, &data_dir),
            targets,
            tls: self.tls(&file.tls),
            data_dir,
        };
        if self.faults.is_empty() {
            Ok(config)
        } else {
            Err(Faults(self.faults))
        }
    }

    /// A configuration with nothing but where our own state lives.
    pub(crate) fn state(mut self, found: file::State) -> Result<Config, Faults> {
        let data_dir = self.path(&found.data_dir).unwrap_or_default();
        let config = Config {
            store: self.store(found.store, &data_dir),
            ..bare(&data_dir)
        };
        if self.faults.is_empty() {
            Ok(config)
        } else {
            Err(Faults(self.faults))
        }
    }

    pub(super) fn say(&mut self, at: &Range<usize>, message: impl Into<String>) {
        let fault = self.lookup.page.fault(at, message);
        self.faults.push(fault);
    }

    fn kept<T>(&mut self, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.faults.push(fault)).ok()
    }

    pub(super) fn text(&mut self, text: &Text) -> Option<String> {
        let result = text.resolve(&self.lookup);
        self.kept(result)
    }

    pub(super) fn path(&mut self, text: &Text) -> Option<PathBuf> {
        let result = text.path(&self.lookup);
        self.kept(result)
    }

    pub(super) fn word<T: FromStr<Err: ToString>>(&mut self, word: &Spanned<String>) -> Option<T> {
        let parsed = word.get_ref().parse::<T>();
        parsed
            .map_err(|fault| self.say(&word.span(), fault.to_string()))
            .ok()
    }

    fn unbuilt(&mut self, file: &File) {
        let later = [
            (file.reviewers.as_ref().map(Spanned::span), "[reviewers]"),
            (file.listen.mysql.as_ref().map(Text::at), "listen.mysql"),
        ];
        for (at, key) in later {
            if let Some(at) = at {
                self.say(&at, format!("{key} is not built yet: leave it out"));
            }
        }
    }

    fn address(&mut self, text: &Text) -> Option<SocketAddr> {
        let word = self.text(text)?;
        let found = word
            .to_socket_addrs()
            .ok()
            .and_then(|mut found| found.next());
        if found.is_none() {
            let way_out = "an address is host:port, such as 127.0.0.1:6432";
            self.say(
                &text.at(),
                format!("{word:?} is no address to listen on: {way_out}"),
            );
        }
        found
    }

    fn listeners(&mut self, file: &File) -> Vec<Listener> {
        let mut listeners = Vec::new();
        if let Some(address) = file
            .listen
            .postgres
            .as_ref()
            .and_then(|text| self.address(text))
        {
            let sign_in = file::SignIn::default();
            let allows_unencrypted = false;
            listeners.push(Listener {
                address,
                allows_unencrypted,
                sign_in,
                target: None,
            });
        }
        for listener in &file.listeners {
            let file::Protocol::Postgres = listener.protocol;
            let target = listener
                .target
                .as_ref()
                .and_then(|text| self.known(text, file));
            if let Some(address) = self.address(&listener.address) {
                let file::Listener {
                    allow_unencrypted: allows_unencrypted,
                    sign_in,
                    ..
                } = *listener;
                listeners.push(Listener {
                    address,
                    allows_unencrypted,
                    sign_in,
                    target,
                });
            }
        }
        listeners
    }

    /// The name of a target that is there.
    fn known(&mut self, text: &Text, file: &File) -> Option<TargetName> {
        let word = self.text(text)?;
        let names = || file.targets.keys().map(|name| name.get_ref().as_str());
        if !names().any(|name| name == word) {
            self.say(&text.at(), unknown("target", &word, names()));
        }
        word.parse().ok()
    }

    fn policies(&mut self, text: Option<Text>) -> Option<PathBuf> {
        let text = text?;
        let path = self.path(&text)?;
        if !path.exists() {
            let message = format!(
                "{} is not there: make it, or leave `policies` out",
                path.display()
            );
            self.say(&text.at(), message);
        }
        Some(path)
    }

    fn store(&mut self, store: Option<file::Store>, data_dir: &Path) -> PathBuf {
        let usual = data_dir.join(STORE_FILE);
        let Some(store) = store else { return usual };
        let Some(url) = self.text(&store.url) else {
            return usual;
        };
        match url.split_once(':') {
            Some(("sqlite", path)) => data_dir.join(path),
            Some(("postgres" | "postgresql", _)) => {
                self.say(
                    &store.url.at(),
                    "a store in PostgreSQL is not built yet: sqlite:FILE is",
                );
                usual
            }
            _ => {
                self.say(
                    &store.url.at(),
                    format!("a store is sqlite:FILE, such as sqlite:{STORE_FILE}"),
                );
                usual
            }
        }
    }

    fn tls(&mut self, tls: &file::Tls) -> Option<Certificate> {
        match (&tls.certificate, &tls.key) {
            (None, None) => None,
            (Some(chain), Some(key)) => {
                let (chain, key) = (self.pem(chain), self.pem(key));
                Some(Certificate {
                    chain: chain?,
                    key: key?,
                })
            }
            (Some(alone), None) => {
                self.say(&alone.at(), "tls.certificate needs tls.key beside it");
                None
            }
            (None, Some(alone)) => {
                self.say(&alone.at(), "tls.key needs tls.certificate beside it");
                None
            }
        }
    }

    /// The path of a PEM file that can be read.
    pub(super) fn pem(&mut self, text: &Text) -> Option<PathBuf> {
        let path = self.path(text)?;
        match std::fs::read_to_string(&path) {
            Ok(pem) if pem.contains("-----BEGIN ") => {}
            Ok(_) => self.say(&text.at(), format!("{} is not PEM", path.display())),
            Err(fault) => {
                self.say(
                    &text.at(),
                    format!("cannot read {}: {fault}", path.display()),
                );
            }
        }
        Some(path)
    }

    fn targets(
        &mut self,
        targets: &BTreeMap<Spanned<String>, file::Target>,
        catalog: &BTreeMap<Spanned<String>, file::Columns>,
    ) -> Vec<Target> {
        for name in catalog.keys() {
            let names = || targets.keys().map(|name| name.get_ref().as_str());
            if !names().any(|target| target == name.get_ref()) {
                self.say(&name.span(), unknown("target", name.get_ref(), names()));
            }
        }
        let mut found = Vec::new();
        for (name, target) in targets {
            let columns = catalog
                .iter()
                .find(|(of, _)| of.get_ref() == name.get_ref());
            let columns = columns
                .map(|(_, columns)| self.columns(columns))
                .unwrap_or_default();
            found.extend(self.target(name, target, columns));
        }
        found
    }

    fn target(
        &mut self,
        name: &Spanned<String>,
        target: &file::Target,
        columns: Overrides,
    ) -> Option<Target> {
        let kind = target.kind.get_ref().as_str();
        match kind {
            "postgres" => {}
            "mysql" => self.say(&target.kind.span(), "kind = \"mysql\" is not built yet"),
            other => self.say(
                &target.kind.span(),
                unknown("kind", other, ["postgres", "mysql"]),
            ),
        }
        let name = self.word::<TargetName>(name);
        let groups = target
            .groups
            .iter()
            .filter_map(|group| self.word(group))
            .collect();
        let url = self.text(&target.url)?;
        let mut place = take_apart(&url)
            .map_err(|message| self.say(&target.url.at(), message))
            .ok()?;
        if let Some(root) = &mut place.ssl_root_cert {
            let path = self.lookup.folder.join(root.as_str());
            if !path.exists() {
                self.say(
                    &target.url.at(),
                    format!("sslrootcert {} is not there", path.display()),
                );
            }
            *root = path.display().to_string();
        }
        let wanted = target.password.as_ref();
        let wanted = wanted.and_then(|text| self.password(text, &mut place));
        let roles = target.roles.as_ref().map(|roles| self.roles(roles));
        let facts = TargetFacts {
            database: place.database.clone(),
            environment: target
                .environment
                .clone()
                .unwrap_or_else(|| "production".to_owned()),
            groups,
            labels: target.labels.clone().into_iter().collect(),
            mode: target.mode.unwrap_or(Mode::Enforce),
            name: name?,
        };
        Some(Target {
            columns,
            facts,
            is_named: target.identify,
            place,
            roles,
            wanted,
            rehearse: target.rehearse,
        })
    }

    fn columns(&mut self, columns: &file::Columns) -> Overrides {
        let mut overrides = Overrides::new();
        for (column, class) in &columns.columns {
            let parts: Vec<_> = column.get_ref().split('.').collect();
            let &[schema, table, name] = parts.as_slice() else {
                let message = format!("{:?} is not schema.table.column", column.get_ref());
                self.say(&column.span(), message);
                continue;
            };
            let class = self.class(class);
            let Some(found) = self.kept(class) else {
                continue;
            };
            overrides.insert(
                (schema.to_owned(), table.to_owned(), name.to_owned()),
                found,
            );
        }
        overrides
    }

    /// A class, or none for a column that holds nothing sensitive.
    fn class(&self, class: &Spanned<String>) -> Result<Option<Class>, Fault> {
        let word = class.get_ref();
        if word == "none" {
            return Ok(None);
        }
        word.parse().map(Some).map_err(|_| {
            let classes = Class::ALL.iter().map(|class| class.as_str());
            let message = unknown("class", word, classes.chain(["none"]));
            self.lookup.page.fault(&class.span(), message)
        })
    }
}
