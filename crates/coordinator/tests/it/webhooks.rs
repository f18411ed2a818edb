//! Events sent to a real server, which fails now and then, by a coordinator that is started again now and then.

use crate::support::{Client, Socket, World, picture};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Redirect, Response},
    routing::post,
};
use hmac::{Hmac, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::net::TcpListener;
use veriframe_wire::{
    ErrorCode, Event, EventData,
    page::Page,
    webhook::{CreatedWebhook, Delivery, DeliveryState, EVENT_HEADER, SIGNATURE_HEADER, Webhook},
};

/// Longer than anything takes; reached only when a test fails.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    /// Refuses this many more.
    Ill(usize),
    Elsewhere,
}

struct Inner {
    mood: Mood,
    taken: Vec<(HeaderMap, String)>,
    refused: usize,
}

/// Somebody's server.
#[derive(Clone)]
struct Receiver {
    url: String,
    inner: Arc<Mutex<Inner>>,
}

impl Receiver {
    async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(Inner {
            mood,
            taken: Vec::new(),
            refused: 0,
        }));
        let receiver = Self { url, inner };
        let app = Router::new()
            .route("/hook", post(take))
            .route("/elsewhere", post(take))
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        receiver
    }

    fn set(&self, mood: Mood) {
        self.inner.lock().unwrap().mood = mood;
    }

    fn taken(&self) -> Vec<(HeaderMap, String)> {
        self.inner.lock().unwrap().taken.clone()
    }

    fn events(&self) -> Vec<Event> {
        let taken = self.taken();
        taken
            .iter()
            .map(|(_, body)| serde_json::from_str(body).unwrap())
            .collect()
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let mut inner = receiver.inner.lock().unwrap();
    match inner.mood {
        Mood::Well => {
            inner.taken.push((headers, String::from_utf8(body.to_vec()).unwrap()));
            StatusCode::NO_CONTENT.into_response()
        }
        Mood::Ill(more) => {
            inner.refused += 1;
            inner.mood = more
                .checked_sub(1)
                .filter(|more| *more > 0)
                .map_or(Mood::Well, Mood::Ill);
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Mood::Elsewhere => {
            inner.refused += 1;
            Redirect::temporary("/elsewhere").into_response()
        }
    }
}

async fn world() -> World {
    World::start_with(|settings| settings.webhooks_anywhere = true).await
}

async fn hook(client: &Client, receiver: &Receiver, topics: &[&str]) -> CreatedWebhook {
    let request = json!({ "url": receiver.url, "topics": topics });
    client.post("/webhooks", &request).await.unwrap()
}

async fn show(client: &Client) -> Webhook {
    let page: Page<Webhook> = client.get("/webhooks").await.unwrap();
    page.items.into_iter().next().unwrap()
}

/// Lets time pass, until it is so.
async fn until(world: &World, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < PATIENCE, "it never came to that");
        world.clock.advance(20);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn assert_signed(secret: &str, headers: &HeaderMap, body: &str) {
    let header = headers[SIGNATURE_HEADER].to_str().unwrap();
    let (time, signature) = header.split_once(",v1=").unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{}.{body}", time.strip_prefix("t=").unwrap()).as_bytes());
    mac.verify_slice(&hex::decode(signature).unwrap()).unwrap();
}

#[tokio::test]
async fn every_event_arrives_in_order_and_signed_whatever_fails_in_between() {
    let world = world().await;
    let receiver = Receiver::start(Mood::Ill(3)).await;
    let (creator, worker) = (world.client().await, world.worker().await);
    let made = hook(&creator, &receiver, &["jobs"]).await;
    let mut request = Client::job(&world.scene(), "1-4");
    request["verification"] = json!("none");
    let job = creator.post_job(&request).await;
    worker
        .finish(&worker.claim(&job.id, 2).await.unwrap(), &picture(&world.blocks, 1))
        .await;
    let refused = || receiver.inner.lock().unwrap().refused;
    until(&world, async || refused() > 0).await;

    let world = world.restart_with(|settings| settings.webhooks_anywhere = true).await;
    let (mut creator, mut worker) = (world.moved(&creator), world.moved(&worker));
    creator.renew().await;
    worker.renew().await;
    worker.work_through(&job.id, &picture(&world.blocks, 2)).await;
    let mut socket = Socket::open(&creator, Some(made.webhook.seen), &["jobs"]).await;
    let mut expected = Vec::new();
    loop {
        let event = socket.event().await;
        let last = matches!(event.data, EventData::JobCompleted { .. });
        expected.push(event);
        if last {
            break;
        }
    }
    until(&world, async || receiver.events().last() == expected.last()).await;
    // Once each, unless the stop fell between the delivery and the note of it.
    let mut events = receiver.events();
    events.dedup();
    assert_eq!(events, expected);
    let taken = receiver.taken().len();
    creator.renew().await;
    for (headers, body) in receiver.taken() {
        assert_signed(&made.secret.0, &headers, &body);
        let event: Event = serde_json::from_str(&body).unwrap();
        assert_eq!(headers[EVENT_HEADER], event.seq.unwrap().to_string());
    }
    let path = format!("/webhooks/{}/deliveries?limit=1000", made.webhook.id);
    let deliveries: Page<Delivery> = creator.get(&path).await.unwrap();
    assert_eq!(deliveries.items.len(), expected.len());
    assert!(
        deliveries
            .items
            .iter()
            .all(|delivery| delivery.state == DeliveryState::Delivered)
    );
    // Those that failed once more than they had to be tried.
    assert!(deliveries.items.iter().any(|delivery| delivery.attempts > 1));

    let again = json!({ "after_seq": made.webhook.seen });
    let _: Webhook = creator
        .post(&format!("/webhooks/{}/replay", made.webhook.id), &again)
        .await
        .unwrap();
    until(&world, async || receiver.taken().len() >= taken + expected.len()).await;
    assert_eq!(receiver.events()[receiver.events().len() - expected.len()..], expected);
}

#[tokio::test]
async fn what_nobody_takes_is_given_up_and_can_be_replayed() {
    let world = world().await;
    let receiver = Receiver::start(Mood::Ill(usize::MAX)).await;
    let creator = world.client().await;
    let made = hook(&creator, &receiver, &["jobs"]).await;
    for _ in 0..3 {
        creator.post_job(&Client::job(&world.scene(), "1")).await;
    }
    until(&world, async || {
        // Half an hour at a time, and long enough between for an attempt to end: work that seems to take longer than its
        // lock is begun by others.
        world.clock.advance(1800);
        tokio::time::sleep(Duration::from_millis(200)).await;
        receiver.inner.lock().unwrap().refused >= 30
    })
    .await;
    let mut creator = creator.clone();
    creator.renew().await;
    let path = format!("/webhooks/{}/deliveries?state=dead", made.webhook.id);
    // The last refusal is written down a moment after it was given.
    until(&world, async || {
        let mut creator = creator.clone();
        creator.renew().await;
        let dead: Page<Delivery> = creator.get(&path).await.unwrap();
        dead.items.len() == 3
    })
    .await;
    creator.renew().await;
    let dead: Page<Delivery> = creator.get(&path).await.unwrap();
    assert!(
        dead.items
            .iter()
            .all(|delivery| delivery.attempts == 10 && delivery.status == Some(500))
    );
    assert!(show(&creator).await.paused);

    receiver.set(Mood::Well);
    let replay = format!("/webhooks/{}/replay", made.webhook.id);
    let resumed: Webhook = creator.post(&replay, &json!({})).await.unwrap();
    assert!(!resumed.paused);
    let mut socket = Socket::open(&creator, Some(made.webhook.seen), &["jobs"]).await;
    let mut expected = Vec::new();
    for _ in 0..9 {
        expected.push(socket.event().await.seq);
    }
    until(&world, async || receiver.taken().len() >= expected.len()).await;
    let mut seqs: Vec<Option<u64>> = receiver.events().iter().map(|event| event.seq).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, expected);
}

#[tokio::test]
async fn only_the_open_network_is_knocked_at_and_no_redirect_is_followed() {
    let guarded = World::start().await;
    let me = guarded.client().await;
    for url in [
        "http://example.com/",
        "https://127.0.0.1:1/",
        "https://localhost/",
        "https://10.0.0.1/",
        "x",
    ] {
        let request = json!({ "url": url, "topics": ["jobs"] });
        let code = me.post::<Value>("/webhooks", &request).await.unwrap_err().code;
        assert_eq!(code, ErrorCode::InvalidRequest, "{url}");
    }
    let request = json!({ "url": "https://example.com/", "topics": ["everything"] });
    let code = me.post::<Value>("/webhooks", &request).await.unwrap_err().code;
    assert_eq!(code, ErrorCode::InvalidRequest);

    let world = world().await;
    let receiver = Receiver::start(Mood::Elsewhere).await;
    let creator = world.client().await;
    let made = hook(&creator, &receiver, &["jobs"]).await;
    creator.post_job(&Client::job(&world.scene(), "1")).await;
    let path = format!("/webhooks/{}/deliveries", made.webhook.id);
    until(&world, async || {
        let mut creator = creator.clone();
        creator.renew().await;
        let page: Page<Delivery> = creator.get(&path).await.unwrap();
        page.items
            .iter()
            .any(|delivery| delivery.status == Some(307) && delivery.attempts > 1)
    })
    .await;
    assert!(receiver.taken().is_empty());
}

#[tokio::test]
async fn a_webhook_is_its_owners_alone() {
    let world = world().await;
    let receiver = Receiver::start(Mood::Well).await;
    let (me, other) = (world.client().await, world.client().await);
    let made = hook(&me, &receiver, &["jobs", "market"]).await;
    assert!(!format!("{made:?}").contains(&made.secret.0));
    let shown: Value = me.get("/webhooks").await.unwrap();
    assert!(!shown.to_string().contains(&made.secret.0));
    assert_eq!(shown["items"][0]["topics"], json!(["jobs", "market"]));
    let path = format!("/webhooks/{}", made.webhook.id);
    let not_found =
        |answer: Result<Value, crate::support::Refused>| assert_eq!(answer.unwrap_err().code, ErrorCode::NotFound);
    not_found(other.get(&format!("{path}/deliveries")).await);
    not_found(other.post(&format!("{path}/replay"), &json!({})).await);
    not_found(other.send(other.request(Method::DELETE, &path)).await);
    let _: Value = me.send(me.request(Method::DELETE, &path)).await.unwrap();
    not_found(me.send(me.request(Method::DELETE, &path)).await);
    // Nothing is sent to one that is gone.
    other.post_job(&Client::job(&world.scene(), "1")).await;
    let second = hook(&me, &receiver, &["market"]).await;
    other.post_job(&Client::job(&world.scene(), "2")).await;
    until(&world, async || !receiver.taken().is_empty()).await;
    assert!(
        receiver
            .events()
            .iter()
            .all(|event| event.seq > Some(second.webhook.seen))
    );
    for _ in 0..9 {
        hook(&me, &receiver, &["jobs"]).await;
    }
    let request = json!({ "url": receiver.url, "topics": ["jobs"] });
    let code = me.post::<Value>("/webhooks", &request).await.unwrap_err().code;
    assert_eq!(code, ErrorCode::InvalidState);
}
