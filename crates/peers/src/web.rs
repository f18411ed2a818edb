//! A web server of strangers, as good or bad as a test wants it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// How a request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// 200 with this body, whatever it is.
    Json(String),
    /// With no body.
    Status(u16),
    /// The JSON after a while.
    Late(Duration, String),
    /// The connection stays open, and nothing comes.
    Silence,
    /// The connection is closed without a word.
    HangUp,
    /// 200, and a body that does not end before somebody hangs up.
    Endless,
}

impl Reply {
    pub fn json(body: &str) -> Self {
        Self::Json(body.to_owned())
    }
}

/// Ends when it is dropped.
pub struct WebServer {
    /// Such as `http://127.0.0.1:43725`, no slash at its end.
    pub url: String,
    address: String,
    asked: Arc<AtomicUsize>,
    ends: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl WebServer {
    /// `answer` is given the path with what is asked behind it: `/price?of=eth`. Every connection takes one request.
    pub fn start(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let (asked, ends) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let answer = Arc::new(answer);
        let accepting = {
            let (asked, ends) = (Arc::clone(&asked), Arc::clone(&ends));
            thread::spawn(move || {
                for stream in listener.incoming() {
                    if ends.load(Ordering::SeqCst) {
                        return;
                    }
                    let Ok(stream) = stream else { continue };
                    let (answer, asked, ends) = (Arc::clone(&answer), Arc::clone(&asked), Arc::clone(&ends));
                    thread::spawn(move || serve(stream, &*answer, &asked, &ends));
                }
            })
        };
        Self {
            url: format!("http://{address}"),
            address,
            asked,
            ends,
            accepting: Some(accepting),
        }
    }

    /// How many requests came.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(&self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn serve(mut stream: TcpStream, answer: &dyn Fn(&str) -> Reply, asked: &AtomicUsize, ends: &AtomicBool) {
    let Some(path) = path(&stream) else { return };
    asked.fetch_add(1, Ordering::SeqCst);
    let head = |status: u16, length: usize| {
        format!(
            "HTTP/1.1 {status} .\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    let whole = |body: String| format!("{}{body}", head(200, body.len()));
    let text = match answer(&path) {
        Reply::Json(body) => whole(body),
        Reply::Status(status) => head(status, 0),
        Reply::Late(wait, body) => {
            thread::sleep(wait);
            whole(body)
        }
        Reply::HangUp => return,
        Reply::Silence => {
            // As long as a test may last.
            for _ in 0..600 {
                if ends.load(Ordering::SeqCst) {
                    return;
                }
                thread::sleep(Duration::from_millis(100));
            }
            return;
        }
        Reply::Endless => {
            let mut sent = stream.write_all(head(200, 1 << 40).as_bytes());
            while sent.is_ok() && !ends.load(Ordering::SeqCst) {
                sent = stream.write_all(&[b' '; 4096]);
            }
            return;
        }
    };
    let _ = stream.write_all(text.as_bytes());
}

/// Reads a request to its end.
fn path(stream: &TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut line = String::new();
    let mut body = 0;
    while reader.read_line(&mut line).ok()? > 2 {
        if let Some(length) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            body = length.trim().parse().ok()?;
        }
        line.clear();
    }
    // What is not read breaks the connection when it is closed.
    std::io::copy(&mut reader.take(body), &mut std::io::sink()).ok()?;
    Some(path)
}
