//! Somebody's line to the coordinator: requests go out and answers come back, or not, or twice, or late.

use crate::{
    account::{self, Tokens},
    message::{Answer, Request},
    world::{COORDINATOR, PORT, World},
};
use serde_json::{Value, json};
use std::{rc::Rc, time::Duration};
use tokio::time::{sleep, timeout};
use turmoil::net::UdpSocket;
use veriframe_chain::LocalKey;

/// Simulated seconds that somebody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(4);
const DATAGRAM: usize = 1 << 18;
/// Of what was sent, so much can come again.
const PAST: usize = 30;

pub struct Line {
    pub world: Rc<World>,
    pub chance: fastrand::Rng,
    pub address: String,
    key: LocalKey,
    tokens: Tokens,
    socket: UdpSocket,
    /// Names this end of the line, as two may use one account.
    seat: u64,
    sent: u64,
    past: Vec<Vec<u8>>,
}

impl Line {
    pub async fn open(world: Rc<World>, seat: usize, account: usize) -> std::io::Result<Self> {
        let (address, tokens) = world.template.people[account].clone();
        Ok(Self {
            chance: fastrand::Rng::with_seed(world.seed.wrapping_mul(1009).wrapping_add(seat as u64)),
            world,
            address,
            key: account::key(account),
            tokens,
            socket: UdpSocket::bind(("0.0.0.0", PORT)).await?,
            seat: seat as u64,
            sent: 0,
            past: Vec::new(),
        })
    }

    /// True once in `many` times.
    pub fn once_in(&mut self, many: u32) -> bool {
        self.chance.u32(0..many) == 0
    }

    /// Lets between so many milliseconds pass.
    pub async fn pause(&mut self, millis: std::ops::Range<u64>) {
        sleep(Duration::from_millis(self.chance.u64(millis))).await;
    }

    pub async fn get(&mut self, path: &str) -> Option<Answer> {
        self.ask("GET", path, None, None).await
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Option<Answer> {
        self.ask("POST", path, None, Some(body)).await
    }

    /// Sends the same again until there is an answer; with the same idempotency key, when there is one.
    pub async fn insist(&mut self, path: &str, key: Option<&str>, body: Value) -> Option<Answer> {
        for _ in 0..8 {
            if let Some(answer) = self.ask("POST", path, key, Some(body.clone())).await {
                return Some(answer);
            }
            self.pause(200..3000).await;
        }
        None
    }

    /// Asks once, with good tokens. `None`: no answer came in time.
    pub async fn ask(&mut self, method: &str, path: &str, key: Option<&str>, body: Option<Value>) -> Option<Answer> {
        for _ in 0..3 {
            let request = self.request(method, path, key, body.clone());
            let answer = self.exchange(request).await?;
            if !matches!(answer.code(), "token_expired" | "unauthenticated") {
                return Some(answer);
            }
            self.renew().await?;
        }
        None
    }

    fn request(&self, method: &str, path: &str, key: Option<&str>, body: Option<Value>) -> Request {
        Request {
            number: 0,
            caller: self.address.clone(),
            method: method.to_owned(),
            path: path.to_owned(),
            token: self.tokens.access.clone(),
            key: key.map(ToOwned::to_owned),
            body,
        }
    }

    async fn renew(&mut self) -> Option<()> {
        let refresh = json!({ "refresh_token": self.tokens.refresh });
        let answer = self
            .exchange(self.request("POST", "/auth/refresh", None, Some(refresh)))
            .await?;
        if answer.is_good() {
            self.tokens = Tokens::read(&answer.body);
            self.world.tally.borrow_mut().count("tokens renewed");
            return Some(());
        }
        let address = json!({ "address": self.address });
        let challenge = self
            .exchange(self.request("POST", "/auth/challenge", None, Some(address)))
            .await?;
        if !challenge.is_good() {
            return None;
        }
        let signed = account::signed(&self.key, &challenge.body);
        let answer = self
            .exchange(self.request("POST", "/auth/authenticate", None, Some(signed)))
            .await?;
        if answer.is_good() {
            self.tokens = Tokens::read(&answer.body);
            self.world.tally.borrow_mut().count("signed in again");
        }
        Some(())
    }

    async fn exchange(&mut self, mut request: Request) -> Option<Answer> {
        self.sent += 1;
        request.number = (self.seat << 32) | self.sent;
        let bytes = serde_json::to_vec(&request).unwrap();
        self.send(&bytes).await;
        if !self.world.calm.get() {
            if self.once_in(8) {
                self.send(&bytes).await;
                self.world.tally.borrow_mut().count("messages doubled");
            }
            if self.once_in(8) && !self.past.is_empty() {
                let old = self.past[self.chance.usize(0..self.past.len())].clone();
                self.send(&old).await;
                self.world.tally.borrow_mut().count("old messages sent again");
            }
            // Reading again proves nothing.
            if request.method != "GET" {
                self.past.push(bytes);
                if self.past.len() > PAST {
                    self.past.remove(0);
                }
            }
        }
        timeout(PATIENCE, self.receive(request.number)).await.ok()
    }

    async fn send(&self, bytes: &[u8]) {
        // A network that loses it is what this is about.
        let _ = self.socket.send_to(bytes, (COORDINATOR, PORT)).await;
    }

    /// Passes over answers to what was asked before.
    async fn receive(&self, number: u64) -> Answer {
        let mut buffer = vec![0; DATAGRAM];
        loop {
            if let Ok((length, _)) = self.socket.recv_from(&mut buffer).await
                && let Ok(answer) = serde_json::from_slice::<Answer>(&buffer[..length])
            {
                if answer.number == number {
                    return answer;
                }
                self.world.tally.borrow_mut().count("answers too late or twice");
            }
        }
    }
}
