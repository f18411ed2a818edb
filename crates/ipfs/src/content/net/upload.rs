//! Bodies that are read from our store while they are sent: memory does not grow with them.

use super::{super::ContentError, http::Http, pace::Taking};
use crate::{BlockStore, car};
use bytes::Bytes;
use cid::Cid;
use futures_util::stream;
use reqwest::{Body, RequestBuilder, Response};
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::mpsc;

/// Bytes of one piece. The pace of the other side is judged by whole pieces.
const PIECE: usize = 64 << 10;
/// Blocks that are read ahead.
const QUEUE: usize = 4;

/// A body, the pace at which it is taken, and what went wrong on our side of it.
pub(in super::super) struct Upload {
    body: Body,
    taking: Taking,
    fault: Fault,
}

type Fault = Arc<Mutex<Option<ContentError>>>;

/// Where the writer of a body puts its bytes.
pub(in super::super) struct Pieces {
    queue: mpsc::Sender<Bytes>,
}

impl Pieces {
    /// Waits until there is room. An error when nobody reads any more.
    pub(in super::super) fn push(&self, bytes: impl Into<Bytes>) -> Result<(), ContentError> {
        self.queue
            .blocking_send(bytes.into())
            .map_err(|_| ContentError::Interrupted)
    }
}

impl Upload {
    /// `write` runs off the async threads, no further ahead than a few blocks. `on_taken` is told how many bytes went.
    pub(in super::super) fn new(
        write: impl FnOnce(&Pieces) -> Result<(), ContentError> + Send + 'static,
        on_taken: impl Fn(u64) + Send + 'static,
    ) -> Self {
        let (queue, incoming) = mpsc::channel::<Bytes>(QUEUE);
        let (taking, fault) = (Taking::new(), Fault::default());
        let written = {
            let fault = Arc::clone(&fault);
            // Ends by itself when the body is dropped: the queue is closed then.
            tokio::task::spawn_blocking(move || match write(&Pieces { queue }) {
                Ok(()) => true,
                Err(error) => {
                    *fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    false
                }
            })
        };
        let state = Reading {
            incoming,
            piece: Bytes::new(),
            taking: taking.clone(),
            written: Some(written),
        };
        let body = stream::unfold((state, on_taken), |(mut state, on_taken)| async move {
            let piece = state.next().await?;
            if let Ok(piece) = &piece {
                on_taken(piece.len() as u64);
            }
            Some((piece, (state, on_taken)))
        });
        Self {
            body: Body::wrap_stream(body),
            taking,
            fault,
        }
    }

    /// Sends it and waits for the head of the answer, which may come before everything is sent.
    pub(in super::super) async fn send(self, http: &Http, request: RequestBuilder) -> Result<Response, ContentError> {
        let answer = http.send_streaming(request.body(self.body), &self.taking).await;
        // A fault of our store explains more than the request that broke off because of it.
        match self.fault.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) if answer.is_err() && !matches!(error, ContentError::Interrupted) => Err(error),
            _ => answer,
        }
    }
}

struct Reading {
    incoming: mpsc::Receiver<Bytes>,
    piece: Bytes,
    taking: Taking,
    written: Option<tokio::task::JoinHandle<bool>>,
}

impl Reading {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        self.taking.took();
        while self.piece.is_empty() {
            let Some(piece) = self.incoming.recv().await else {
                return self.end().await;
            };
            self.piece = piece;
        }
        Some(Ok(self.piece.split_to(self.piece.len().min(PIECE))))
    }

    /// A body that is not whole must not end as if it were.
    async fn end(&mut self) -> Option<io::Result<Bytes>> {
        let written = self.written.take()?.await;
        self.taking.took_all();
        match written {
            Ok(true) => None,
            _ => Some(Err(io::Error::other("the content could not be read"))),
        }
    }
}

/// A CAR of these blocks, each checked when it is read. `before` and `after` stand around it.
pub(in super::super) fn car_upload(
    store: &BlockStore,
    root: Cid,
    blocks: Vec<Cid>,
    around: (String, String),
    on_taken: impl Fn(u64) + Send + 'static,
) -> Upload {
    let store = store.clone();
    let write = move |pieces: &Pieces| {
        let (before, after) = around;
        pieces.push(before)?;
        pieces.push(car::header(&[root]))?;
        for cid in blocks {
            let mut section = Vec::new();
            car::append_block(&mut section, &cid, &store.get(&cid)?);
            pieces.push(section)?;
        }
        pieces.push(after)
    };
    Upload::new(write, on_taken)
}
