//! The protocol's own cancel, carried to the target on a connection of its own.
//!
//! Fire and forget, as the protocol has it: the target closes without an answer, and whether the
//! statement was stopped is told on the session's own connection.

use std::rc::Rc;
use std::sync::Arc;

use govern::Cleared;
use model::Housekeeping;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{CONNECT_LIMIT, Reached, Way};

/// Sends these bytes to the server the session reached, by the same TLS.
pub(crate) async fn cancel(way: Arc<Way>, reached: Rc<Reached>, bytes: Vec<u8>) {
    let sent = tokio::time::timeout(CONNECT_LIMIT, async {
        let socket = way.connect_again(&reached).await?;
        let mut stream = way.negotiate(socket).await?;
        let cleared = Cleared::housekeeping(Housekeeping::Cancel, &bytes);
        stream.write_all(cleared.bytes()).await?;
        stream.flush().await?;
        // The server closes once it has signalled: waiting for that keeps the order of a cancel
        // and what follows it.
        let _ = stream.read_u8().await;
        std::io::Result::Ok(())
    });
    let fault = match sent.await {
        Ok(Ok(())) => return,
        Ok(Err(fault)) => fault.to_string(),
        Err(_) => "it did not answer in time".to_owned(),
    };
    tracing::warn!(target_name = %way.target.name(), fault, "a cancel did not reach the target");
}
