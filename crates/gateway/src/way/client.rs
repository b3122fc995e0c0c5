//! A connection of our own to a target, as the gateway's account: for catalogs, and for roles.
//!
//! Nothing of any client's reaches it.

use std::io;

use catalog::postgres;
use model::Unobtained;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{Client, Connection, NoTls};

use super::Way;
use crate::stream::Stream;

/// Why a connection of our own gave nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unread {
    #[error("its rows are not what they should be: {0}")]
    Malformed(#[from] postgres::Malformed),
    #[error(transparent)]
    Unobtained(#[from] Unobtained),
    #[error("the target cannot be reached: {}", .0.kind())]
    Unreachable(#[from] io::Error),
    #[error("the target refused: {0}")]
    Refused(String),
    #[error("it took too long")]
    Slow,
    #[error("the gateway is stopping")]
    Stopping,
}

impl From<tokio_postgres::Error> for Unread {
    fn from(fault: tokio_postgres::Error) -> Self {
        match fault.as_db_error() {
            Some(db) => Self::Refused(format!("{} ({})", db.message(), db.code().code())),
            None => Self::Refused(fault.to_string()),
        }
    }
}

impl Way {
    /// Signs in as the gateway's account. The connection does nothing unless it is polled.
    pub(crate) async fn client(&self) -> Result<(Client, Connection<Stream, NoTlsStream>), Unread> {
        let account = self.account().await?;
        let (socket, _) = self.connect().await?;
        let stream = self.negotiate(socket).await?;
        let mut config = tokio_postgres::Config::new();
        config
            .user(&*account.user)
            .dbname(&self.target.facts.database)
            .application_name("portcullis");
        // Our own TLS is around it already.
        config.ssl_mode(tokio_postgres::config::SslMode::Disable);
        if let Some(password) = &account.password {
            config.password(&**password);
        }
        Ok(config.connect_raw(stream, NoTls).await?)
    }
}
