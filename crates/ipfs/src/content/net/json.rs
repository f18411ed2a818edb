//! JSON values one after the other, as a Kubo node streams them.

use super::{super::ContentError, answer::Download};
use serde_json::Value;

/// Longest single value that is read.
const MAX_VALUE: usize = 256 << 10;

/// The values of a body, as they come.
pub(in super::super) struct JsonStream {
    download: Download,
    buffer: Vec<u8>,
    /// Bytes that may still come: an answer may also be endless.
    left: u64,
    ended: bool,
}

impl JsonStream {
    pub(in super::super) fn new(download: Download, max_bytes: u64) -> Self {
        Self {
            download,
            buffer: Vec::new(),
            left: max_bytes,
            ended: false,
        }
    }

    /// The next value, `None` at the end.
    pub(in super::super) async fn next(&mut self) -> Result<Option<Value>, ContentError> {
        loop {
            let mut values = serde_json::Deserializer::from_slice(&self.buffer).into_iter::<Value>();
            match values.next() {
                Some(Ok(value)) => {
                    let used = values.byte_offset();
                    self.buffer.drain(..used);
                    return Ok(Some(value));
                }
                Some(Err(error)) if !error.is_eof() || self.ended => return Err(ContentError::Answer),
                None if self.ended => return Ok(None),
                Some(Err(_)) | None => {}
            }
            if self.buffer.len() > MAX_VALUE {
                return Err(ContentError::Answer);
            }
            match self.download.next().await? {
                Some(piece) => {
                    self.left = self.left.checked_sub(piece.len() as u64).ok_or(ContentError::Answer)?;
                    self.buffer.extend_from_slice(&piece);
                }
                None => self.ended = true,
            }
        }
    }
}
