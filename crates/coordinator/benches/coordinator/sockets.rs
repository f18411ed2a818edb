//! Ten thousand readers of events.

use crate::{farm::Farm, server::Server};
use futures_util::{SinkExt as _, StreamExt as _, future::join_all};
use serde_json::json;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};
use veriframe_peers::Figure;

type Socket = WebSocketStream<TcpStream>;

/// `alone`: the p99 of a claim without them, in milliseconds.
pub async fn measure(server: &Server, farm: &Farm, sockets: usize, alone: f64) {
    let before = server.memory();
    let mut open: Vec<Socket> = Vec::with_capacity(sockets);
    while open.len() < sockets {
        let some = (0..100.min(sockets - open.len())).map(|n| {
            let worker = &farm.workers[(open.len() + n) % farm.workers.len()];
            reader(&server.url, &worker.token, worker.address().to_string())
        });
        open.extend(join_all(some).await);
    }
    let name = format!("memory that {sockets} open sockets take");
    Figure::new(&name, server.memory() - before, "MB").within(250.0);
    let claims = farm.claim_at(server, 500.0, Duration::from_secs(5)).await;
    // Each claim is an event that one of twenty sockets hears of; the rest of the time is that of this program, which reads them.
    Figure::new("p99 of a claim with all of them open", claims.percentile(0.99), "ms").at_most(
        15.0,
        "the same without them",
        alone,
    );
}

/// Hears of one worker, as workers do.
async fn reader(url: &str, token: &str, worker: String) -> Socket {
    let address = url.strip_prefix("http://").expect("plain HTTP");
    let stream = TcpStream::connect(address).await.expect("it takes connections");
    let mut small = WebSocketConfig::default();
    small.read_buffer_size = 4096;
    let (mut socket, _) = client_async_with_config(format!("ws://{address}/api/v1/ws"), stream, Some(small))
        .await
        .expect("a WebSocket");
    let authenticate = json!({ "type": "authenticate", "token": token });
    let subscribe = json!({ "type": "subscribe", "topics": [format!("worker:{worker}")] });
    for message in [authenticate, subscribe] {
        socket
            .send(Message::text(message.to_string()))
            .await
            .expect("it is sent");
        let answer = socket.next().await.expect("an answer").expect("a message");
        assert!(answer.is_text(), "{answer:?}");
    }
    socket
}
