//! The least of HTTP: whether somebody answers, and what.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Whether `GET path` is answered with status 200.
pub fn answers(url: &str, path: &str) -> bool {
    body(url, path).is_some()
}

/// The body of what `GET path` is answered with, when that has status 200.
pub fn body(url: &str, path: &str) -> Option<String> {
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).ok()?;
    // Of the old HTTP, where the body ends with the connection.
    let request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut answer = Vec::new();
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split_whitespace().nth(1)?;
    (status == "200").then(|| body.to_owned())
}
