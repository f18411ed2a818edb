//! A reader of the event stream, over the coordinator's real WebSocket. It goes away and comes back, with the coordinator or
//! without, and must see each event of its topics once and in order.

use crate::{
    account::Tokens,
    coordinator::{Machine, on},
    message::Request,
    snapshot::Database,
    tally::Tally,
    template::Template,
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{io::DuplexStream, time::timeout};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

type Socket = WebSocketStream<DuplexStream>;

/// Real time; longer than anything takes that works.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Reader {
    socket: Option<Socket>,
    tokens: Tokens,
    address: String,
    /// The last event it saw.
    after: i64,
}

impl Reader {
    pub fn new(template: &Template, account: usize) -> Self {
        Self {
            socket: None,
            tokens: template.listening[&account].clone(),
            address: template.people[account].0.clone(),
            after: 0,
        }
    }

    pub fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    /// What was on its way is lost.
    pub fn hang_up(&mut self) {
        self.socket = None;
    }

    pub fn connect(&mut self, machine: &Machine) -> Result<(), String> {
        let refresh = Request {
            number: 0,
            caller: String::new(),
            method: "POST".to_owned(),
            path: "/auth/refresh".to_owned(),
            token: String::new(),
            key: None,
            body: Some(json!({ "refresh_token": self.tokens.refresh })),
        };
        let answer = machine.answer(refresh).ok_or("the reader's token was not renewed")?;
        if !answer.is_good() {
            return Err(format!("the reader's token was not renewed: {answer:?}"));
        }
        self.tokens = Tokens::read(&answer.body);
        let stream = machine.connect().ok_or("nobody listens")?;
        let topics = [
            "market".to_owned(),
            "jobs".to_owned(),
            format!("worker:{}", self.address),
        ];
        let hello = json!({ "type": "authenticate", "token": self.tokens.access, "after_seq": self.after });
        let subscribe = json!({ "type": "subscribe", "topics": topics });
        let opened = on(machine.runtime(), open(stream, hello, subscribe)).ok_or("the socket was not opened")?;
        self.socket = Some(opened?);
        Ok(())
    }

    /// Reads what there must be: the rows of the log that its topics name.
    pub fn catch_up(&mut self, machine: &Machine, database: &Database, tally: &mut Tally) -> Result<(), String> {
        let Some(mut socket) = self.socket.take() else {
            return Ok(());
        };
        let events = database.events_after(self.after).into_iter();
        let expected: Vec<i64> = events
            .filter(|event| event.market || event.is_of(&self.address))
            .map(|event| event.seq)
            .collect();
        let count = expected.len() as u64;
        let last = expected.last().copied();
        let read = on(machine.runtime(), async move {
            for seq in expected {
                let told = next(&mut socket)
                    .await
                    .map_err(|error| format!("instead of event {seq}: {error}"))?;
                if told != seq {
                    return Err(format!("event {told} came where {seq} should have"));
                }
            }
            Ok(socket)
        });
        self.socket = Some(read.ok_or("the reader waited in vain")??);
        self.after = last.unwrap_or(self.after);
        tally.add("events read", count);
        Ok(())
    }
}

async fn open(stream: DuplexStream, hello: Value, subscribe: Value) -> Result<Socket, String> {
    let opening = client_async("ws://coordinator.test/api/v1/ws", stream);
    let (mut socket, _) = timeout(PATIENCE, opening)
        .await
        .map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())?;
    for (message, answer) in [(hello, "authenticated"), (subscribe, "subscribed")] {
        let sent = socket.send(Message::text(message.to_string())).await;
        sent.map_err(|error| error.to_string())?;
        let said = text(&mut socket).await?;
        if said["type"] != answer {
            return Err(format!("not {answer}: {said}"));
        }
    }
    Ok(socket)
}

async fn text(socket: &mut Socket) -> Result<Value, String> {
    loop {
        match timeout(PATIENCE, socket.next()).await {
            Err(_) => return Err("nothing came".to_owned()),
            Ok(Some(Ok(Message::Text(text)))) => return serde_json::from_str(&text).map_err(|error| error.to_string()),
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
            Ok(other) => return Err(format!("{other:?}")),
        }
    }
}

/// The number of the next event that is kept.
async fn next(socket: &mut Socket) -> Result<i64, String> {
    loop {
        if let Some(seq) = text(socket).await?["seq"].as_i64() {
            return Ok(seq);
        }
    }
}
