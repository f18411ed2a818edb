//! Ten thousand readers of events.

use crate::{
    farm::Farm,
    figures::{Promises, tell},
    server::Server,
};
use futures_util::{SinkExt as _, StreamExt as _, future::join_all};
use serde_json::json;
use std::time::Instant;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

type Socket = WebSocketStream<TcpStream>;

pub async fn measure(server: &Server, farm: &Farm, sockets: usize, promises: &mut Promises) {
    let before = server.memory();
    let mut open: Vec<Socket> = Vec::with_capacity(sockets);
    while open.len() < sockets {
        let some = (0..100.min(sockets - open.len())).map(|n| {
            let worker = &farm.workers[(open.len() + n) % farm.workers.len()];
            reader(&server.url, &worker.token, worker.address().to_string())
        });
        open.extend(join_all(some).await);
    }
    tell("memory before the sockets, MB", before);
    promises.below(
        &format!("memory with {sockets} open sockets, MB"),
        server.memory(),
        300.0,
    );
    let started = Instant::now();
    let first = farm.claim_at(server, 500.0, std::time::Duration::from_secs(5)).await;
    promises.below(
        "p99 of a claim with all of them open, ms",
        first.percentile(0.99),
        100.0,
    );
    tell("  that took, s", started.elapsed().as_secs_f64());
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
