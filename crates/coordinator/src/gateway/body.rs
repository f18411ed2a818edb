//! A CAR that is made while it is sent.

use crate::app::App;
use axum::body::{Body, Bytes};
use futures_util::stream;
use std::io;
use tokio::sync::mpsc;
use veriframe_ipfs::{Cid, TreeError, car, gateway::Plan};

/// Bytes that are made at a time.
const PIECE: usize = 1 << 20;
/// The beginning of a length without its end. Where a broken connection looks like a good end, as with HTTP/1.0, it
/// keeps the blocks that came from passing for all of them.
const CUT: u8 = 0x80;

pub fn stream(app: &App, root: Cid, plan: Plan) -> Body {
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(2);
    // Ends with the request: when the reader is gone, sending fails.
    app.tasks.spawn_blocking(move || {
        let mut piece = car::header(&[root]);
        for block in plan {
            match block {
                Ok((cid, data)) => car::append_block(&mut piece, &cid, &data),
                Err(error) => {
                    break_off(&sender, piece, error);
                    return;
                }
            }
            if piece.len() >= PIECE && sender.blocking_send(Ok(std::mem::take(&mut piece).into())).is_err() {
                return;
            }
        }
        let _ = sender.blocking_send(Ok(piece.into()));
    });
    Body::from_stream(stream::unfold(receiver, |mut receiver| async move {
        let piece = receiver.recv().await?;
        if piece.is_err() {
            // An error drops what the connection has not sent yet, which may be the cut itself: it gets its turn first.
            tokio::task::yield_now().await;
        }
        Some((piece, receiver))
    }))
}

fn break_off(sender: &mpsc::Sender<io::Result<Bytes>>, mut piece: Vec<u8>, error: TreeError) {
    tracing::warn!(%error, "a CAR was broken off");
    piece.push(CUT);
    if sender.blocking_send(Ok(piece.into())).is_ok() {
        let _ = sender.blocking_send(Err(io::Error::other(error)));
    }
}
