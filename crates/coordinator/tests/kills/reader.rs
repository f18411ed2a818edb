//! A reader of events that comes back whenever it is cut off, and resumes where it was.

use crate::support::Client;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::timeout;
use tokio_tungstenite::{connect_async, tungstenite::Message};
use tokio_util::sync::CancellationToken;

const AGAIN_AFTER: Duration = Duration::from_millis(20);
/// The coordinator pings more often.
const SILENCE: Duration = Duration::from_secs(40);

pub struct Reader {
    pub client: Client,
    pub urls: Vec<String>,
    /// Numbers of the events that came, each as it came.
    pub seen: Arc<Mutex<Vec<u64>>>,
    pub stop: CancellationToken,
}

impl Reader {
    pub async fn run(self) {
        let stop = self.stop.clone();
        let reading = async {
            for turn in 0.. {
                // Why it ended is no matter: it goes on where it was.
                let _ = self.read(&self.urls[turn % self.urls.len()]).await;
                tokio::time::sleep(AGAIN_AFTER).await;
            }
        };
        stop.run_until_cancelled(Box::pin(reading)).await;
    }

    fn last(&self) -> u64 {
        self.seen
            .lock()
            .expect("nobody panics with it")
            .last()
            .copied()
            .unwrap_or(0)
    }

    async fn read(&self, url: &str) -> Option<()> {
        let url = format!("{}/api/v1/ws", url.replacen("http", "ws", 1));
        let (mut socket, _) = timeout(Duration::from_secs(5), connect_async(url)).await.ok()?.ok()?;
        let sign_in = json!({ "type": "authenticate", "token": self.client.token, "after_seq": self.last() });
        socket.send(Message::text(sign_in.to_string())).await.ok()?;
        let topics = json!(["jobs", "market", format!("worker:{}", self.client.address())]);
        let subscribe = json!({ "type": "subscribe", "topics": topics });
        socket.send(Message::text(subscribe.to_string())).await.ok()?;
        loop {
            match timeout(SILENCE, socket.next()).await.ok()??.ok()? {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text).expect("JSON");
                    // `seq` of the answer to the sign-in is no event's.
                    if let Some(seq) = message["seq"].as_u64().filter(|_| message["at"].is_string()) {
                        self.seen.lock().expect("nobody panics with it").push(seq);
                    }
                }
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }
}
