use super::Client;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};
use veriframe_wire::{Event, EventData};

/// Longer than anything takes; reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A reader of events.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub async fn connect(client: &Client) -> Self {
        let url = client.url("/api/v1/ws").replacen("http", "ws", 1);
        Self(connect_async(url).await.unwrap().0)
    }

    /// Signs in and subscribes.
    pub async fn open(client: &Client, after_seq: Option<u64>, topics: &[&str]) -> Self {
        let mut socket = Self::connect(client).await;
        socket
            .say(&json!({ "type": "authenticate", "token": client.token, "after_seq": after_seq }))
            .await;
        assert_eq!(socket.raw().await.unwrap()["type"], "authenticated");
        socket.say(&json!({ "type": "subscribe", "topics": topics })).await;
        assert_eq!(socket.raw().await.unwrap()["type"], "subscribed");
        socket
    }

    pub async fn say(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next text, or the code it was closed with.
    pub async fn raw(&mut self) -> Result<Value, u16> {
        loop {
            let message = timeout(PATIENCE, self.0.next()).await.expect("no message came");
            match message {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    pub async fn event(&mut self) -> Event {
        serde_json::from_value(self.raw().await.expect("the socket was closed")).unwrap()
    }

    /// Passes over events until one is wanted.
    pub async fn wait_for(&mut self, wanted: impl Fn(&EventData) -> bool) -> Event {
        loop {
            let event = self.event().await;
            if wanted(&event.data) {
                return event;
            }
        }
    }
}
