//! One WebSocket: sign-in, topics, replay from the log, then the live stream.

use super::{Listener, Logged, Topic};
use crate::{app::AppState, jobs, limits::Asking, store};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use std::{borrow::Cow, sync::Arc, time::Duration};
use tokio::time;
use veriframe_core::Address;
use veriframe_wire::ErrorCode;
use veriframe_wire::event::{CLOSE_RESUME, CLOSE_UNAUTHENTICATED, ClientMessage, ServerMessage};

const SIGN_IN_WITHIN: Duration = Duration::from_secs(10);
const PING_EVERY: Duration = Duration::from_secs(20);
/// A reader that takes nothing for this long is cut off.
const SEND_WITHIN: Duration = Duration::from_secs(10);
const REPLAY_PAGE: u32 = 500;
const TOPICS_AT_MOST: usize = 1000;
/// RFC 6455, 7.4.1.
const CLOSE_GOING_AWAY: u16 = 1001;
const CLOSE_POLICY: u16 = 1008;
const CLOSE_INTERNAL: u16 = 1011;

/// Why a socket ends.
struct Close {
    code: u16,
    reason: &'static str,
}

const fn close(code: u16, reason: &'static str) -> Close {
    Close { code, reason }
}

/// Not an error: the next coordinator, or this one when it is back, goes on where the reader was.
const DRAINED: Close = close(
    CLOSE_RESUME,
    "the coordinator is shutting down: connect again with after_seq",
);
const GONE: Close = close(CLOSE_GOING_AWAY, "");
const SLOW: Close = close(CLOSE_RESUME, "too slow: connect again with after_seq");

/// Serves the socket until either side ends it.
pub async fn serve(app: AppState, asking: Asking, mut socket: WebSocket) {
    app.metrics.sockets.inc();
    let end = match run(&app, &asking, &mut socket).await {
        Ok(()) => GONE,
        Err(end) => end,
    };
    app.metrics.sockets.dec();
    let code = [("code", Cow::Owned(end.code.to_string()))];
    app.metrics.sockets_closed.get_or_create(&code).inc();
    let frame = CloseFrame {
        code: end.code,
        reason: Utf8Bytes::from_static(end.reason),
    };
    // The other side may be gone already, or still too slow; either is the end.
    let _ = time::timeout(Duration::from_secs(1), socket.send(Message::Close(Some(frame)))).await;
}

struct Reader {
    caller: Address,
    live: Listener,
    /// The last event of the log that was sent or passed over. What passes before the first subscription, the replay
    /// brings again.
    seen: u64,
    /// Where the replay begins that the first subscription starts.
    replay_after: Option<u64>,
}

async fn run(app: &AppState, asking: &Asking, socket: &mut WebSocket) -> Result<(), Close> {
    let sent_away = sent_away(app);
    tokio::pin!(sent_away);
    // Before the log is read, so that nothing falls between the two.
    let live = app.bus.listen();
    let mut reader = tokio::select! {
        () = &mut sent_away => return Err(DRAINED),
        reader = time::timeout(SIGN_IN_WITHIN, sign_in(app, socket, live)) => {
            reader.unwrap_or(Err(close(CLOSE_UNAUTHENTICATED, "authenticate first")))?
        }
    };
    let _place = if asking.free {
        None
    } else {
        let at_most = app.settings.limits.sockets_per_account;
        Some(
            app.sockets
                .place(reader.caller, at_most)
                .ok_or(close(CLOSE_POLICY, "the account has too many sockets"))?,
        )
    };
    let mut ping = time::interval_at(time::Instant::now() + PING_EVERY, PING_EVERY);
    loop {
        tokio::select! {
            () = &mut sent_away => return Err(DRAINED),
            _ = ping.tick() => send(socket, Message::Ping(bytes::Bytes::new())).await?,
            event = reader.live.next() => match event {
                Some(event) => deliver(socket, &mut reader, &event).await?,
                None => return Err(SLOW),
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => take(app, socket, &mut reader, &text).await?,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Binary(_))) => return Err(close(CLOSE_POLICY, "text messages only")),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(()),
            },
        }
    }
}

/// Returns when this socket is to end because the coordinator does: each at a moment of its own, so that not all of them
/// come back at once.
async fn sent_away(app: &AppState) {
    let moment = async {
        app.draining.cancelled().await;
        // Half of the time is for the last ones, and for whoever sends requests.
        time::sleep(app.settings.drain.mul_f64(app.chance.below(1000) as f64 / 2000.0)).await;
    };
    tokio::select! {
        () = moment => {}
        () = app.shutdown.cancelled() => {}
    }
}

async fn sign_in(app: &AppState, socket: &mut WebSocket, live: Listener) -> Result<Reader, Close> {
    const REFUSED: Close = close(CLOSE_UNAUTHENTICATED, "the token is missing, wrong or ran out");
    loop {
        let text = match socket.recv().await {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            _ => return Err(REFUSED),
        };
        let Ok(ClientMessage::Authenticate { token, after_seq }) = serde_json::from_str(&text) else {
            return Err(REFUSED);
        };
        let caller = app
            .keys
            .check(&app.store, &token, app.clock.now())
            .await
            .map_err(|_| REFUSED)?;
        let seq = newest(app).await?;
        say(socket, &ServerMessage::Authenticated { seq }).await?;
        return Ok(Reader {
            caller,
            live,
            seen: seq,
            replay_after: after_seq,
        });
    }
}

async fn take(app: &AppState, socket: &mut WebSocket, reader: &mut Reader, text: &str) -> Result<(), Close> {
    match serde_json::from_str(text) {
        // A long-lived socket proves now and then that its token was renewed.
        Ok(ClientMessage::Authenticate { token, .. }) => {
            let caller = app.keys.check(&app.store, &token, app.clock.now()).await;
            if !matches!(caller, Ok(caller) if caller == reader.caller) {
                return Err(close(CLOSE_UNAUTHENTICATED, "the token is wrong or ran out"));
            }
            say(socket, &ServerMessage::Authenticated { seq: reader.seen }).await
        }
        Ok(ClientMessage::Subscribe { topics }) => subscribe(app, socket, reader, topics).await,
        Err(_) => Err(close(CLOSE_POLICY, "not a message of this protocol")),
    }
}

/// The first subscription starts the replay; so a client that resumes names all its topics at once.
async fn subscribe(
    app: &AppState,
    socket: &mut WebSocket,
    reader: &mut Reader,
    topics: Vec<String>,
) -> Result<(), Close> {
    for topic in &topics {
        let topic = Topic::parse(topic, reader.caller).map_err(|_| close(CLOSE_POLICY, "no such topic"))?;
        // What the caller may not see answers like what does not exist: with nothing.
        if let Topic::Job(job) = &topic
            && !sees(app, job, reader.caller).await?
        {
            continue;
        }
        reader.live.add(topic);
        if reader.live.topics() > TOPICS_AT_MOST {
            return Err(close(CLOSE_POLICY, "too many topics"));
        }
    }
    say(socket, &ServerMessage::Subscribed { topics }).await?;
    if let Some(after) = reader.replay_after.take() {
        replay(app, socket, reader, after).await?;
    }
    Ok(())
}

async fn sees(app: &AppState, job: &str, caller: Address) -> Result<bool, Close> {
    let mut db = app.store.read().await.map_err(|error| failed(&error))?;
    match jobs::find_seen(app, &mut db, job, caller).await {
        Ok(_) => Ok(true),
        Err(error) if error.code == ErrorCode::NotFound => Ok(false),
        Err(_) => Err(close(CLOSE_INTERNAL, "the job could not be read")),
    }
}

/// Sends what the log holds. Events that arrive meanwhile wait in the live stream, which passes over what was sent here.
async fn replay(app: &AppState, socket: &mut WebSocket, reader: &mut Reader, after: u64) -> Result<(), Close> {
    let mut after = after;
    loop {
        let page = async {
            let mut db = app.store.read().await?;
            store::events::after(&mut db, after, REPLAY_PAGE).await
        }
        .await
        .map_err(|error| failed(&error))?;
        let Some(last) = page.last().and_then(|event| event.seq) else {
            reader.seen = reader.seen.max(after);
            return Ok(());
        };
        for event in page.iter().filter(|event| reader.live.wants(&event.topics)) {
            send(socket, Message::Text(event.json.clone())).await?;
        }
        after = last;
    }
}

async fn deliver(socket: &mut WebSocket, reader: &mut Reader, event: &Arc<Logged>) -> Result<(), Close> {
    if let Some(seq) = event.seq {
        if seq <= reader.seen {
            return Ok(());
        }
        reader.seen = seq;
    }
    send(socket, Message::Text(event.json.clone())).await
}

async fn newest(app: &AppState) -> Result<u64, Close> {
    let mut db = app.store.read().await.map_err(|error| failed(&error))?;
    store::events::newest(&mut db).await.map_err(|error| failed(&error))
}

fn failed(error: &sqlx::Error) -> Close {
    tracing::error!(%error, "a socket could not read the log");
    close(CLOSE_INTERNAL, "the log could not be read")
}

async fn say(socket: &mut WebSocket, message: &ServerMessage) -> Result<(), Close> {
    let text = serde_json::to_string(message).map_err(|_| close(CLOSE_INTERNAL, ""))?;
    send(socket, Message::Text(text.into())).await
}

async fn send(socket: &mut WebSocket, message: Message) -> Result<(), Close> {
    match time::timeout(SEND_WITHIN, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(GONE),
        Err(_) => Err(SLOW),
    }
}
