//! The chain's node says when there is a new block. All that does is wake the loop before its time: a node that does not
//! say, or says too much, changes nothing but how late we are.

use crate::app::App;
use futures_util::{SinkExt, StreamExt};
use std::{sync::Arc, time::Duration};
use tokio::time;
use tokio_tungstenite::{
    connect_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

/// JSON-RPC, version 0.8 and later of the Starknet specification.
const SUBSCRIBE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"starknet_subscribeNewHeads","params":{}}"#;
/// A block's head has some hundred bytes.
const MAX_MESSAGE: usize = 1 << 20;
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// A node that is silent for longer is asked anew: the connection may be dead without saying so.
const SILENT: Duration = Duration::from_mins(5);
const MAX_WAIT: Duration = Duration::from_mins(5);

/// Listens until the coordinator stops.
pub async fn run(app: Arc<App>) {
    let (Some(indexer), Some(address)) = (&app.indexer, &app.settings.chain_heads) else {
        return;
    };
    let mut wait = Duration::from_secs(1);
    loop {
        let mut heard = false;
        let listened = listen(address, || {
            heard = true;
            indexer.wake();
        });
        let Some(ended) = app.shutdown.run_until_cancelled(listened).await else {
            return;
        };
        // Many nodes have none of this: not worth more than a line for those who look for one.
        tracing::debug!(reason = ended, "no news of new blocks; the loop goes on by its clock");
        wait = if heard {
            Duration::from_secs(1)
        } else {
            wait.saturating_mul(2).min(MAX_WAIT)
        };
        if app.shutdown.run_until_cancelled(time::sleep(wait)).await.is_none() {
            return;
        }
    }
}

/// Until the connection ends; why it did, without the address, which may hold a key.
async fn listen(address: &str, mut head: impl FnMut()) -> &'static str {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    // On the heap, because what a TLS handshake holds is large.
    let connecting = Box::pin(connect_async_with_config(address, Some(config), false));
    let Ok(Ok((mut socket, _))) = time::timeout(CONNECT_WITHIN, connecting).await else {
        return "no connection";
    };
    if socket.send(Message::text(SUBSCRIBE)).await.is_err() {
        return "the connection broke";
    }
    loop {
        match time::timeout(SILENT, socket.next()).await {
            Err(_) => return "silence",
            Ok(None | Some(Err(_))) => return "the connection broke",
            Ok(Some(Ok(Message::Text(text)))) if text.contains("starknet_subscriptionNewHeads") => head(),
            Ok(Some(Ok(Message::Text(text)))) if text.contains("\"error\"") => return "the node does not tell",
            Ok(Some(Ok(_))) => {}
        }
    }
}

/// Where the node tells of new blocks: what `STARKNET_WS_URL` says, or where nodes with this RPC address do. `None` without
/// a chain.
pub fn address(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let read = |name| {
        variable(name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    };
    read("STARKNET_WS_URL").or_else(|| {
        let rpc = read("STARKNET_RPC_URL")?;
        let address = rpc.strip_prefix("http").map(|rest| format!("ws{rest}"))?;
        // A devnet has it beside its RPC; of others it is the same address.
        Some(match address.trim_end_matches('/').strip_suffix("/rpc") {
            Some(host) => format!("{host}/ws"),
            None => address,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use veriframe_peers::{Archive, Devnet};

    #[test]
    fn the_address_is_found() {
        let from = |rpc: &str| address(|name| (name == "STARKNET_RPC_URL").then(|| rpc.to_owned()));
        assert_eq!(
            from("http://127.0.0.1:5050/rpc").as_deref(),
            Some("ws://127.0.0.1:5050/ws")
        );
        assert_eq!(
            from("https://node.example/v0_9/key").as_deref(),
            Some("wss://node.example/v0_9/key")
        );
        assert_eq!(from("ftp://node.example"), None);
        assert_eq!(address(|_| None), None);
        let told = address(|name| (name == "STARKNET_WS_URL").then(|| "wss://other".to_owned()));
        assert_eq!(told.as_deref(), Some("wss://other"));
    }

    #[tokio::test]
    async fn a_real_network_tells_of_its_blocks() {
        let Some(devnet) = Devnet::start(Archive::None) else {
            return;
        };
        let address = format!("{}/ws", devnet.url.replacen("http", "ws", 1));
        let heads = AtomicU32::new(0);
        let listening = listen(&address, || {
            heads.fetch_add(1, Ordering::Relaxed);
        });
        let making = async {
            while heads.load(Ordering::Relaxed) < 3 {
                devnet.create_block();
                time::sleep(Duration::from_millis(50)).await;
            }
        };
        let both = async {
            tokio::select! {
                why = listening => panic!("{why}"),
                () = making => {}
            }
        };
        time::timeout(Duration::from_secs(20), both).await.expect("it tells");
    }

    #[tokio::test]
    async fn nobody_there_is_no_news() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("ws://{}", listener.local_addr().unwrap());
        drop(listener);
        assert_eq!(listen(&address, || panic!("nobody told")).await, "no connection");
    }
}
