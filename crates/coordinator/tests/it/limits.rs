//! How much one side may ask for.

use crate::support::{Client, Socket, World};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use veriframe_coordinator::{Limits, Rate, Settings};
use veriframe_wire::ErrorCode;

/// Longer than anything takes; reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(30);
/// Gives back nothing while a test runs.
const fn only(burst: u32) -> Rate {
    Rate::new(burst, 1)
}

async fn strict(change: impl FnOnce(&mut Limits)) -> World {
    World::start_with(|settings: &mut Settings| {
        settings.limits.limit_loopback = true;
        change(&mut settings.limits);
    })
    .await
}

async fn connect(world: &World) -> TcpStream {
    TcpStream::connect(world.running.addr).await.unwrap()
}

/// What comes until the other side closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut bytes))
        .await
        .expect("it is closed");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn an_address_has_a_budget_for_each_kind_of_request() {
    let world = strict(|limits| limits.address.reads = only(3)).await;
    let me = Client::anonymous(&world.running.url());
    for _ in 0..3 {
        let _: Value = me.get("/health").await.unwrap();
    }
    let answer = me.request(Method::GET, "/health").send().await.unwrap();
    assert_eq!(answer.status(), 429);
    let wait: u32 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    let refused = me.get::<Value>("/health").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::RateLimited);
    // Signing in is counted apart.
    me.signed_challenge().await;
}

#[tokio::test]
async fn an_account_has_a_budget_wherever_it_asks_from() {
    let world = strict(|limits| limits.account.reads = only(2)).await;
    let (me, other) = (world.client().await, world.client().await);
    for _ in 0..2 {
        let _: Value = me.get("/ledger/account").await.unwrap();
    }
    let refused = me.get::<Value>("/ledger/account").await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::RateLimited);
    let _: Value = other.get("/ledger/account").await.unwrap();
}

#[tokio::test]
async fn a_trusted_proxy_speaks_for_many_and_a_stranger_for_nobody_else() {
    let world = strict(|limits| {
        limits.address.reads = only(1);
        limits.proxies = vec!["127.0.0.1/32".parse().unwrap()];
    })
    .await;
    let me = Client::anonymous(&world.running.url());
    let status = async |from: &str| {
        let request = me.request(Method::GET, "/health").header("x-forwarded-for", from);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(status("192.0.2.1").await, 200);
    assert_eq!(status("192.0.2.2").await, 200);
    assert_eq!(status("192.0.2.1").await, 429);
    // The proxy adds the last; what stands before it the client wrote.
    assert_eq!(status("198.51.100.9, 192.0.2.1").await, 429);

    let world = strict(|limits| limits.address.reads = only(1)).await;
    let me = Client::anonymous(&world.running.url());
    for (from, expected) in [("192.0.2.1", 200), ("192.0.2.2", 429)] {
        let request = me.request(Method::GET, "/health").header("x-forwarded-for", from);
        assert_eq!(request.send().await.unwrap().status().as_u16(), expected);
    }
}

#[tokio::test]
async fn programs_of_this_computer_have_no_budget() {
    let world = World::start_with(|settings| {
        settings.limits.address.reads = only(1);
        settings.limits.account.reads = only(1);
        settings.limits.connections_per_address = 1;
        settings.limits.sockets_per_account = 1;
    })
    .await;
    let me = world.client().await;
    let mut sockets = Vec::new();
    for _ in 0..5 {
        let _: Value = me.get("/ledger/account").await.unwrap();
        sockets.push(Socket::open(&me, None, &["jobs"]).await);
    }
}

#[tokio::test]
async fn a_connection_that_sends_no_whole_head_is_closed() {
    let world = strict(|limits| limits.first_head_within = Duration::from_millis(300)).await;
    let mut slow = connect(&world).await;
    slow.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-")
        .await
        .unwrap();
    let began = Instant::now();
    assert_eq!(rest(&mut slow).await, "");
    assert!(began.elapsed() < PATIENCE / 2);

    // One that asked may be quiet for longer, and ask again.
    let mut good = connect(&world).await;
    for _ in 0..2 {
        good.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await
            .unwrap();
        let mut answer = [0; 15];
        timeout(PATIENCE, good.read_exact(&mut answer)).await.unwrap().unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        // Longer than the first head may take: nothing is waited for here but the time itself.
        tokio::time::sleep(Duration::from_millis(600)).await;
        let mut others = vec![0; 1 << 16];
        assert!(good.try_read(&mut others).unwrap() > 0);
    }
}

#[tokio::test]
async fn a_body_that_stops_coming_ends_its_request() {
    let world = strict(|limits| limits.stalled_within = Duration::from_millis(300)).await;
    let mut slow = connect(&world).await;
    let head = "POST /api/v1/auth/challenge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    slow.write_all(head.as_bytes()).await.unwrap();
    let answer = rest(&mut slow).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("invalid_request"), "{answer}");
}

#[tokio::test]
async fn an_address_and_everybody_together_have_so_many_connections() {
    let world = strict(|limits| limits.connections_per_address = 2).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = connect(&world).await;
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await
            .unwrap();
        let mut answer = [0; 15];
        timeout(PATIENCE, stream.read_exact(&mut answer))
            .await
            .unwrap()
            .unwrap();
        held.push(stream);
    }
    let mut third = connect(&world).await;
    assert_eq!(rest(&mut third).await, "");
    // An end makes room.
    held.pop();
    let began = Instant::now();
    loop {
        let mut again = connect(&world).await;
        let _ = again
            .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .await;
        if rest(&mut again).await.starts_with("HTTP/1.1 200") {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "no room came free");
    }
}

#[tokio::test]
async fn an_account_has_so_many_sockets() {
    let world = strict(|limits| limits.sockets_per_account = 1).await;
    let (me, other) = (world.client().await, world.client().await);
    let first = Socket::open(&me, None, &["jobs"]).await;
    let mut second = Socket::connect(&me).await;
    second.say(&json!({ "type": "authenticate", "token": me.token })).await;
    let _ = second.raw().await;
    assert_eq!(second.raw().await.unwrap_err(), 1008);
    let _theirs = Socket::open(&other, None, &["jobs"]).await;
    drop(first);
}
