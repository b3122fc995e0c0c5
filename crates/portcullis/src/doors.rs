//! The doors of identity on the one HTTP listener: sign-in, directories, signals.
//!
//! Why here: they share the counts of wrong credentials, and record under names of their own.
//! It does not listen, and decides nothing.

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::middleware::from_fn_with_state;
use identity::oidc::Fetch;
use identity::scim::{self, Provisioning};
use identity::signals::{self, Receiver};
use identity::{Admin, Door};

use crate::config::Signalling;
use crate::house::House;

/// All of them. Principals are brought to what directories keep here first.
pub(crate) fn routes(house: &House, is_tls: bool) -> anyhow::Result<Router> {
    let door = Door {
        clock: house.clock.clone(),
        guesses: house.guesses.clone(),
    };
    let admin = |by: &str| Admin::new(house.directory.clone(), house.recorder.clone(), by);
    let guarded = (door.clone(), Arc::new(admin("oidc")));
    let sign_in = identity::oauth::routes(house.exchange.clone(), house.clock.clone());
    let certificates = house.certificates.clone();
    let certified = identity::certificates::http::routes(certificates, house.clock.clone());
    let mut routes = sign_in
        .layer(from_fn_with_state(guarded, identity::watched))
        .merge(certified);
    for source in &house.config.directories {
        let admin = admin(&format!("scim:{}", source.name));
        let rules = Arc::downgrade(&house.governor);
        let reviewing = move || {
            let governor = rules.upgrade();
            governor.map_or_else(Default::default, |it| it.rules().reviewing())
        };
        let most = house.limits().provisioned;
        let kept = Provisioning::new(admin, source.clone(), Arc::new(reviewing), most);
        kept.reconcile(house.clock.now())
            .with_context(|| format!("directory {}", source.name))?;
        routes = routes.merge(scim::routes(Arc::new(kept), door.clone(), is_tls));
    }
    for signalling in &house.config.signalling {
        let Signalling {
            root_certificate,
            transmitter,
        } = signalling;
        let fetch = Fetch::new(gateway::trusting(root_certificate.as_deref())?)?;
        let admin = admin(&format!("signals:{}", transmitter.name));
        let receiver = Receiver::new(admin, transmitter.clone(), fetch);
        routes = routes.merge(signals::routes(Arc::new(receiver), door.clone()));
    }
    Ok(routes)
}
