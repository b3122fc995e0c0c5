//! We prove ourselves at the gateway in the tool's place; the tool is asked for nothing.
//!
//! By SCRAM, bound to the TLS channel, so that a gateway in between gains nothing; in clear text
//! only where the gateway's listener asks for that, as any client would.

use anyhow::bail;
use postgres_protocol::authentication::sasl::{ChannelBinding, ScramSha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::verbs::reach::Way;

/// The longest message of a sign-in, bytes.
const MESSAGE_BYTES: usize = 65_536;

/// Whether the gateway let us in; where not, the tool has been told what it said.
pub(super) async fn prove(
    tool: &mut TcpStream,
    gateway: &mut TlsStream<TcpStream>,
    way: &Way,
) -> anyhow::Result<bool> {
    let mut scram: Option<ScramSha256> = None;
    loop {
        let message = message(gateway).await?;
        let (tag, body) = (message.first(), message.get(5..).unwrap_or_default());
        if tag != Some(&b'R') {
            tool.write_all(&message).await?;
            if tag == Some(&b'E') {
                return Ok(false);
            }
            continue;
        }
        let Some((code, more)) = body.split_first_chunk() else {
            bail!("a sign-in step without a number");
        };
        match (u32::from_be_bytes(*code), &mut scram) {
            (0, _) => {
                tool.write_all(&message).await?;
                return Ok(true);
            }
            (3, None) => {
                let token = [way.token.as_bytes(), b"\0"].concat();
                say(gateway, &token).await?;
            }
            (10, None) => {
                let (begun, first) = begin(gateway, more, way);
                say(gateway, &first).await?;
                scram = Some(begun);
            }
            (11, Some(scram)) => {
                scram.update(more)?;
                let answer = scram.message().to_vec();
                say(gateway, &answer).await?;
            }
            (12, Some(scram)) => scram.finish(more)?,
            (code, _) => bail!("the gateway asks for a way to sign in that is not known: {code}"),
        }
    }
}

/// The mechanism, and the first message of it.
fn begin(gateway: &TlsStream<TcpStream>, offer: &[u8], way: &Way) -> (ScramSha256, Vec<u8>) {
    let is_bindable = offer
        .split(|byte| *byte == 0)
        .any(|name| name == b"SCRAM-SHA-256-PLUS");
    let leaf = gateway.get_ref().1.peer_certificates();
    let point = leaf
        .and_then(<[_]>::first)
        .and_then(|leaf| gateway::server_end_point(leaf));
    let (name, binding) = match point.filter(|_| is_bindable) {
        Some(point) => (
            "SCRAM-SHA-256-PLUS",
            ChannelBinding::tls_server_end_point(point),
        ),
        None => ("SCRAM-SHA-256", ChannelBinding::unsupported()),
    };
    let scram = ScramSha256::new(way.token.as_bytes(), binding);
    let said = scram.message();
    let length = u32::try_from(said.len()).unwrap_or_default();
    let mut first = [name.as_bytes(), b"\0"].concat();
    first.extend_from_slice(&length.to_be_bytes());
    first.extend_from_slice(said);
    (scram, first)
}

async fn say(gateway: &mut TlsStream<TcpStream>, body: &[u8]) -> anyhow::Result<()> {
    let length = u32::try_from(body.len() + 4)?;
    let message = [b"p", length.to_be_bytes().as_slice(), body].concat();
    gateway.write_all(&message).await?;
    Ok(gateway.flush().await?)
}

/// One message, whole.
async fn message(gateway: &mut TlsStream<TcpStream>) -> anyhow::Result<Vec<u8>> {
    let tag = gateway.read_u8().await?;
    let length = gateway.read_u32().await?;
    let most = usize::try_from(length).unwrap_or(usize::MAX);
    if !(4..=MESSAGE_BYTES).contains(&most) {
        bail!("a sign-in message of {length} bytes");
    }
    let mut message = vec![0; most + 1];
    let (head, body) = message.split_at_mut(5);
    head.copy_from_slice(&[&[tag], length.to_be_bytes().as_slice()].concat());
    gateway.read_exact(body).await?;
    Ok(message)
}
