//! A line to a coordinator that counts what is sent over it.

use std::io::{Read, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Requests that bring content, or ask which is lacking.
const CONTENT: &[u8] = b"POST /api/v1/content/";
const METHODS: [&[u8]; 5] = [b"POST /", b"GET /", b"PUT /", b"PATCH /", b"DELETE /"];

/// Passes everything on to the coordinator, byte by byte as it is. Its threads end with the test.
pub struct Counter {
    listener: TcpListener,
    seen: Arc<Mutex<Seen>>,
}

/// Since it was asked last.
#[derive(Default)]
pub struct Seen {
    /// To the coordinator, the heads of requests and all else included.
    pub bytes: u64,
    /// Requests for content.
    pub requests: u32,
    began: Option<Instant>,
    ended: Option<Instant>,
    /// The last access token that a request carried.
    pub token: String,
}

impl Seen {
    /// From the first request for content until the last answer to one.
    pub fn took(&self) -> Duration {
        let (began, ended) = self.began.zip(self.ended).expect("content was sent");
        ended - began
    }
}

impl Counter {
    pub fn open() -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").expect("a free port"),
            seen: Arc::default(),
        }
    }

    pub fn address(&self) -> String {
        self.listener.local_addr().expect("it listens").to_string()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// `to` is the coordinator's own address.
    pub fn forward(&self, to: String) {
        let listener = self.listener.try_clone().expect("a second handle");
        let seen = Arc::clone(&self.seen);
        thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                connect(client, &to, &seen);
            }
        });
    }

    pub fn take(&self) -> Seen {
        std::mem::take(&mut lock(&self.seen))
    }
}

fn connect(client: TcpStream, to: &str, seen: &Arc<Mutex<Seen>>) {
    let server = TcpStream::connect(to).expect("the coordinator listens");
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("a socket");
    }
    let back = (
        server.try_clone().expect("a second handle"),
        client.try_clone().expect("a second handle"),
    );
    let is_content = Arc::new(Mutex::new(false));
    let (asked, counts) = (Arc::clone(&is_content), Arc::clone(seen));
    thread::spawn(move || {
        pass(client, server, |piece| {
            if METHODS.iter().any(|method| piece.starts_with(method)) {
                *lock(&asked) = piece.starts_with(CONTENT);
                note_request(&mut lock(&counts), piece);
            }
            lock(&counts).bytes += piece.len() as u64;
        });
    });
    let seen = Arc::clone(seen);
    thread::spawn(move || {
        pass(back.0, back.1, |_| {
            if *lock(&is_content) {
                lock(&seen).ended = Some(Instant::now());
            }
        });
    });
}

/// The head of a request is what a client sends first after an answer, so it begins a piece.
fn note_request(seen: &mut Seen, piece: &[u8]) {
    if piece.starts_with(CONTENT) {
        seen.began.get_or_insert_with(Instant::now);
        seen.requests += 1;
    }
    let head = String::from_utf8_lossy(&piece[..piece.len().min(8 << 10)]);
    let token = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let value = value.strip_prefix("Bearer ")?;
        name.eq_ignore_ascii_case("authorization").then_some(value)
    });
    if let Some(token) = token {
        token.trim().clone_into(&mut seen.token);
    }
}

/// Until either side is closed.
fn pass(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 256 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        look(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    // The other direction may have ended both already.
    let _ = to.shutdown(Shutdown::Write);
}

/// A panic elsewhere leaves these numbers whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
