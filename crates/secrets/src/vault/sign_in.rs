//! Who we are at a Vault: a token that is configured, or one it gives for what we show.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use model::Unobtained;
use reqwest::Method;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Answer, Vault, no, seconds, text};

/// How we sign in.
#[derive(Clone, PartialEq, Eq)]
pub enum SignIn {
    /// A role and a secret of its own.
    AppRole {
        /// Where the method is mounted: `approle`.
        mount: String,
        /// The role's id.
        role_id: String,
        /// The secret's id.
        secret_id: String,
    },
    /// A platform's token (JWT, Kubernetes), read from its file each time.
    Jwt {
        /// Where the token lies.
        file: PathBuf,
        /// Where the method is mounted: `jwt`, `kubernetes`.
        mount: String,
        /// The role.
        role: String,
    },
    /// A token, as it is.
    Token(String),
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignIn(…)")
    }
}

/// A token that was given.
pub(super) struct Token {
    /// `None` has no end.
    left: Option<(Duration, Instant)>,
    text: Zeroizing<String>,
}

impl Token {
    /// Whether it has a third of its life left, so that nothing is asked with one that ends.
    fn is_fresh(&self) -> bool {
        self.left
            .is_none_or(|(life, since)| since.elapsed() < life * 2 / 3)
    }
}

impl Vault {
    /// The token of now.
    pub(super) async fn token(&self) -> Result<Zeroizing<String>, Unobtained> {
        if let SignIn::Token(token) = &self.sign_in {
            return Ok(Zeroizing::new(token.clone()));
        }
        let mut kept = self.token.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| token.is_fresh()) {
            return Ok(token.text.clone());
        }
        let token = self.given().await?;
        let text = token.text.clone();
        *kept = Some(token);
        Ok(text)
    }

    /// Forgets a token that Vault refused; whether another can be had.
    pub(super) async fn forget(&self, refused: &str) -> bool {
        if matches!(self.sign_in, SignIn::Token(_)) {
            return false;
        }
        let mut kept = self.token.lock().await;
        if kept.as_ref().is_some_and(|token| *token.text == refused) {
            *kept = None;
        }
        true
    }

    async fn given(&self) -> Result<Token, Unobtained> {
        let (mount, asked) = match &self.sign_in {
            SignIn::AppRole {
                mount,
                role_id,
                secret_id,
            } => (mount, json!({ "role_id": role_id, "secret_id": secret_id })),
            SignIn::Jwt { file, mount, role } => {
                let read = tokio::fs::read_to_string(file).await;
                let jwt = read.map_err(|fault| no(&format!("{}: {fault}", file.display())))?;
                (mount, json!({ "role": role, "jwt": jwt.trim() }))
            }
            SignIn::Token(_) => return Err(no(&"a token is not asked for")),
        };
        let path = format!("auth/{mount}/login");
        let Answer(status, answer) = self.send(Method::POST, &path, Some(asked), None).await?;
        let token = text(&answer, "/auth/client_token").filter(|_| status == 200);
        let token = token.ok_or_else(|| no(&format!("vault answered {status} to {path}")))?;
        let life = seconds(&answer, "/auth/lease_duration");
        Ok(Token {
            left: (!life.is_zero()).then(|| (life, Instant::now())),
            text: Zeroizing::new(token.to_owned()),
        })
    }
}
