//! `tokens`: by which principals sign in. A token is printed once, when it is issued.

use clap::Subcommand;
use serde_json::{Value, json};

use crate::client::Client;
use crate::exit::{Exit, Stop};
use crate::output::{Look, of};
use crate::place::Place;

/// What it takes.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Issue one, and print it once
    Issue {
        /// Whose
        name: String,
        /// How long it counts: 90s, 15m, 8h, 30d
        #[arg(long, default_value = "8h", value_parser = seconds)]
        ttl: u32,
        #[command(flatten)]
        token: OwnToken,
        #[command(flatten)]
        look: Look,
    },
    /// List them
    Ls(Look),
    /// Make one count no more
    Revoke {
        /// Its id, as `tokens ls` shows it
        id: String,
        #[command(flatten)]
        token: OwnToken,
        #[command(flatten)]
        look: Look,
    },
}

/// Does it.
pub(crate) async fn run(verb: &Verb, place: &Place) -> anyhow::Result<Exit> {
    let client = Client::reach(place).await?;
    match verb {
        Verb::Issue {
            name,
            ttl,
            token,
            look,
        } => {
            let client = client.with_any(token.given()?);
            let asked = json!({ "principal": name, "ttl_s": ttl });
            let issued = client.post("/v1/tokens", asked).await?;
            let word = |key: &str| of(&issued, key).as_str().unwrap_or_default();
            // On a pipe the token stands alone: TOKEN=$(portcullis tokens issue alice).
            eprintln!("token {} of {name}, until {}:", word("id"), word("expires"));
            look.said(word("token"), &issued)?;
        }
        Verb::Ls(look) => {
            let found = client.get("/v1/tokens").await?;
            look.list(
                of(&found, "tokens"),
                &["id", "principal", "state", "created", "expires"],
            )?;
        }
        Verb::Revoke { id, token, look } => {
            let client = client.with_any(token.given()?);
            let revoked = client
                .post(&format!("/v1/tokens/{id}/revoke"), json!({}))
                .await?;
            look.said(
                &format!("token {id} counts no more; sessions it opened end"),
                &revoked,
            )?;
        }
    }
    Ok(Exit::Done)
}

/// `90s`, `15m`, `8h`, `30d`.
pub(crate) fn seconds(text: &str) -> Result<u32, String> {
    let wrong = || format!("{text:?} is no duration: write 90s, 15m, 8h or 30d");
    let at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at_checked(at).ok_or_else(wrong)?;
    let scale = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    number
        .parse::<u32>()
        .ok()
        .and_then(|number| number.checked_mul(scale))
        .ok_or_else(wrong)
}

/// A principal's own token, from where it was given.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct OwnToken {
    /// Your own token
    #[arg(
        long,
        value_name = "TOKEN",
        env = "PORTCULLIS_TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,
    /// A file with your own token in it
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    token_file: Option<std::path::PathBuf>,
}

impl OwnToken {
    /// The token, where one was given.
    pub(crate) fn given(&self) -> anyhow::Result<Option<String>> {
        let Some(path) = &self.token_file else {
            // A variable that is set to nothing says nothing.
            return Ok(self.token.clone().filter(|token| !token.is_empty()));
        };
        let text = std::fs::read_to_string(path)
            .map_err(|fault| Stop::usage(format!("cannot read {}: {fault}", path.display()), ""))?;
        Ok(Some(text.trim().to_owned()))
    }

    /// The token, without which this cannot be done: as given, or of the sign-in that is kept.
    pub(crate) async fn need(&self) -> anyhow::Result<String> {
        if let Some(token) = self.given()? {
            return Ok(token);
        }
        let kept = super::login::renewed().await?;
        kept.map(|kept| kept.token).ok_or_else(|| {
            Stop::usage(
                "this needs your own token: it proves who you are",
                "sign in with `portcullis login`, or give it with --token-file, --token or \
                 PORTCULLIS_TOKEN; an administrator issues one with `portcullis tokens issue NAME`",
            )
        })
    }
}

/// Who a token is: as the gateway says.
pub(crate) async fn whoami(client: &Client) -> anyhow::Result<String> {
    let found: Value = client.get("/v1/whoami").await?;
    let name = of(&found, "name").as_str().unwrap_or_default();
    Ok(name.to_owned())
}
