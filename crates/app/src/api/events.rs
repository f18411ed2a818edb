//! The coordinator's events as a stream that comes back by itself.

use super::{ApiClient, ApiError, Backoff};
use futures_util::{SinkExt as _, StreamExt as _};
use std::time::Duration;
use tokio::{net::TcpStream, sync::mpsc, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use veriframe_wire::{
    API_BASE, Event,
    event::{ClientMessage, ServerMessage},
};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The coordinator pings every 20 s; after this long a silent connection is a dead one.
const SILENCE_AT_MOST: Duration = Duration::from_mins(1);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_mins(1);
/// Events waiting for a slow reader; past it the connection is not read, and the coordinator drops it.
const WAITING_AT_MOST: usize = 1024;
const MESSAGE_BYTES_AT_MOST: usize = 1 << 20;

/// What the stream yields.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamItem {
    /// Events flow from now on; those after `after_seq` come first.
    Connected,
    /// Nothing is pushed until the next `Connected`: poll meanwhile.
    Lost,
    Event(Event),
}

/// Reads until it is dropped, or until the token it was opened with is cancelled.
pub struct EventStream {
    items: mpsc::Receiver<StreamItem>,
    stop: CancellationToken,
}

impl EventStream {
    /// `after_seq`: the last event the caller has dealt with; `None`: only what happens from now on.
    /// The connection is kept by a task of `tasks` that ends with `stop`.
    pub fn open(
        api: ApiClient,
        topics: Vec<String>,
        after_seq: Option<u64>,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        let (sender, items) = mpsc::channel(WAITING_AT_MOST);
        let stop = stop.child_token();
        let reader = Reader {
            api,
            sender,
            topics,
            after_seq,
        };
        let cancelled = stop.clone();
        tasks.spawn(async move {
            // Cancelling in the middle is fine: nothing is half done on a connection that only reads.
            cancelled.run_until_cancelled(Box::pin(reader.run())).await;
        });
        Self { items, stop }
    }

    /// `None` when the stream has ended for good.
    pub async fn next(&mut self) -> Option<StreamItem> {
        self.items.recv().await
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

struct Reader {
    api: ApiClient,
    sender: mpsc::Sender<StreamItem>,
    topics: Vec<String>,
    after_seq: Option<u64>,
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error("{0}")]
    Socket(Box<tokio_tungstenite::tungstenite::Error>),
    #[error("nothing was heard for {} s", SILENCE_AT_MOST.as_secs())]
    Silent,
    #[error("the coordinator closed it")]
    Closed,
    #[error("an unknown message: {0}")]
    Unknown(#[from] serde_json::Error),
    #[error("nobody listens")]
    NobodyListens,
}

impl From<tokio_tungstenite::tungstenite::Error> for Broken {
    fn from(error: tokio_tungstenite::tungstenite::Error) -> Self {
        Self::Socket(Box::new(error))
    }
}

impl Reader {
    async fn run(mut self) {
        let mut backoff = Backoff::new(FIRST_RETRY, LAST_RETRY);
        loop {
            match self.follow(&mut backoff).await {
                Err(Broken::NobodyListens) => return,
                Err(why) => tracing::debug!(%why, "the event stream broke off"),
                Ok(never) => match never {},
            }
            if self.sender.send(StreamItem::Lost).await.is_err() {
                return;
            }
            tokio::time::sleep(backoff.next()).await;
        }
    }

    async fn follow(&mut self, backoff: &mut Backoff) -> Result<std::convert::Infallible, Broken> {
        let mut socket = self.connect().await?;
        backoff.reset();
        self.yield_item(StreamItem::Connected).await?;
        loop {
            let message = timeout(SILENCE_AT_MOST, socket.next()).await;
            let message = message.map_err(|_| Broken::Silent)?.ok_or(Broken::Closed)??;
            if let Message::Text(text) = message {
                self.take(&text).await?;
            }
        }
    }

    async fn connect(&mut self) -> Result<Socket, Broken> {
        let token = self.api.token().await?;
        // `http` becomes `ws` and `https` becomes `wss`.
        let url = format!("ws{}{API_BASE}/ws", self.api.base().trim_start_matches("http"));
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_AT_MOST))
            .max_frame_size(Some(MESSAGE_BYTES_AT_MOST));
        let connecting = connect_async_with_config(url, Some(config), true);
        let (mut socket, _) = timeout(CONNECT_TIMEOUT, connecting)
            .await
            .map_err(|_| Broken::Silent)??;
        let hello = ClientMessage::Authenticate {
            token: token.clone(),
            after_seq: self.after_seq,
        };
        say(&mut socket, &hello).await?;
        let seq = loop {
            let message = timeout(CONNECT_TIMEOUT, socket.next())
                .await
                .map_err(|_| Broken::Silent)?;
            match message {
                Some(Ok(Message::Text(text))) => match serde_json::from_str(&text)? {
                    ServerMessage::Authenticated { seq } => break seq,
                    ServerMessage::Subscribed { .. } => {}
                },
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => {
                    // Most likely the token; the next try signs in anew.
                    self.api.sign_out().await;
                    return Err(Broken::Closed);
                }
            }
        };
        self.after_seq.get_or_insert(seq);
        if !self.topics.is_empty() {
            let topics = self.topics.clone();
            say(&mut socket, &ClientMessage::Subscribe { topics }).await?;
        }
        Ok(socket)
    }

    async fn take(&mut self, text: &str) -> Result<(), Broken> {
        if let Ok(event) = serde_json::from_str::<Event>(text) {
            // Subscribing may replay what was seen already.
            if let (Some(seq), Some(seen)) = (event.seq, self.after_seq)
                && seq <= seen
            {
                return Ok(());
            }
            self.after_seq = event.seq.or(self.after_seq);
            return self.yield_item(StreamItem::Event(event)).await;
        }
        if serde_json::from_str::<ServerMessage>(text).is_err() {
            // A newer coordinator may know events that this program does not.
            tracing::debug!("an event of an unknown kind was passed over");
        }
        Ok(())
    }

    async fn yield_item(&self, item: StreamItem) -> Result<(), Broken> {
        self.sender.send(item).await.map_err(|_| Broken::NobodyListens)
    }
}

async fn say(socket: &mut Socket, message: &ClientMessage) -> Result<(), Broken> {
    let text = serde_json::to_string(message)?;
    Ok(socket.send(Message::text(text)).await?)
}
