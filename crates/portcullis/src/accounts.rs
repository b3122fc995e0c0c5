//! What `[targets.…] password` stands for, made ready: the gateway asks it when it signs in.

use std::sync::Arc;

use anyhow::Context as _;
use gateway::config::Source;
use model::{Accounts, Clock};
use secrets::Wanted;
use secrets::exec::Exec;
use secrets::rds::Rds;
use secrets::vault::{Database, KeyValue, Vault};

use crate::config::{Config, Target};

/// The sources of a configuration's targets.
pub(crate) struct Sources {
    clock: Arc<dyn Clock>,
    vault: Option<Arc<Vault>>,
}

impl Sources {
    /// Nothing is fetched yet: a Vault that is down keeps no other target out.
    pub(crate) fn of(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let vault = match &config.vault {
            None => None,
            Some(place) => {
                let tls = gateway::trusting(place.root_certificate.as_deref())?;
                let (namespace, sign_in) = (place.namespace.clone(), place.sign_in.clone());
                let vault = Vault::new(&place.address, namespace, sign_in, tls);
                Some(Arc::new(vault.context("the vault cannot be asked")?))
            }
        };
        Ok(Self { clock, vault })
    }

    /// Where a target's account comes from, unless the configuration itself says it.
    pub(crate) fn of_target(&self, config: &Config, target: &Target) -> Option<Source> {
        let user = target.place.user.as_str();
        let source: Arc<dyn Accounts> = match target.wanted.as_ref()? {
            Wanted::Exec(words) => Arc::new(Exec::new(words.clone(), user)),
            Wanted::Rds(region) => {
                let place = (target.place.host.as_str(), target.place.port);
                let (keys, clock) = (config.aws.clone()?, self.clock.clone());
                Arc::new(Rds::new(place, user, region.clone(), keys, clock))
            }
            Wanted::VaultDatabase(mount, role) => {
                Arc::new(Database::new(self.vault.clone()?, mount, role))
            }
            Wanted::VaultKeyValue(mount, path, field) => {
                let place = (mount.as_str(), path.as_str(), field.as_str());
                Arc::new(KeyValue::new(self.vault.clone()?, place, user))
            }
        };
        Some(Source(source))
    }
}
