//! Connections: taken in, limited, and drained at the end.

use crate::{
    app::App,
    limits::{Limits, Seat},
};
use axum::{Router, body::Body, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time,
};
use tokio_io_timeout::TimeoutStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt as _;

/// The system has no file descriptor or memory for another connection now.
const OUT_OF_CONNECTIONS: Duration = Duration::from_secs(1);

/// Takes connections in until it is closing, and returns when open requests have ended or their time to end is over.
pub async fn run(app: &App, listener: TcpListener, router: Router, closing: &CancellationToken) {
    let cut_off = CancellationToken::new();
    let tasks = TaskTracker::new();
    loop {
        let (stream, seat) = tokio::select! {
            () = closing.cancelled() => break,
            taken = take(app, &listener) => match taken {
                Some(taken) => taken,
                None => continue,
            },
        };
        let connection = Connection {
            seat,
            router: router.clone(),
            limits: app.settings.limits.clone(),
            closing: closing.clone(),
            cut_off: cut_off.clone(),
        };
        tasks.spawn(connection.run(stream));
    }
    drop(listener);
    tasks.close();
    if time::timeout(app.settings.drain_limit, tasks.wait()).await.is_err() {
        tracing::warn!("requests were still open at shutdown and were cut off");
    }
    cut_off.cancel();
    tasks.wait().await;
}

async fn take(app: &App, listener: &TcpListener) -> Option<(TcpStream, Arc<Seat>)> {
    let room = app.connections.room().await?;
    let (stream, peer) = match listener.accept().await {
        Ok(taken) => taken,
        Err(error) => {
            refused(&error).await;
            return None;
        }
    };
    // A small answer should not wait for the next one.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection has no TCP_NODELAY");
    }
    let seat = app.connections.seat(&app.settings.limits, peer.ip(), room);
    if seat.is_none() {
        tracing::debug!(%peer, "an address has too many connections");
    }
    Some((stream, seat?))
}

async fn refused(error: &io::Error) {
    let of_the_other_side = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    );
    if !of_the_other_side {
        tracing::error!(%error, "no connection can be taken in");
        time::sleep(OUT_OF_CONNECTIONS).await;
    }
}

struct Connection {
    seat: Arc<Seat>,
    router: Router,
    limits: Limits,
    /// No further request.
    closing: CancellationToken,
    /// Not even the end of this one.
    cut_off: CancellationToken,
}

impl Connection {
    async fn run(self, stream: TcpStream) {
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.limits.stalled_within));
        let asked = Arc::new(AtomicBool::new(false));
        let (router, seat, seen) = (self.router, self.seat, Arc::clone(&asked));
        let service = service_fn(move |request: Request<Incoming>| {
            seen.store(true, Ordering::Relaxed);
            let (router, mut request) = (router.clone(), request.map(Body::new));
            request.extensions_mut().insert(Arc::clone(&seat));
            async move { Ok::<_, Infallible>(answer(router, request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.next_head_within)
            .serve_connection(TokioIo::new(Box::pin(stream)), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        let silent = async {
            time::sleep(self.limits.first_head_within).await;
            if asked.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        let silent = pin!(silent);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = silent => return tracing::debug!("a connection asked for nothing in time"),
            () = self.closing.cancelled() => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = connection => ended,
                    () = self.cut_off.cancelled() => return,
                }
            }
        };
        // Whatever broke, the other side broke it or knows of it.
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke");
        }
    }
}

async fn answer(router: Router, request: Request<Body>) -> axum::response::Response {
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Where a listener that is bound here listens.
pub async fn bind(addr: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(addr).await?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}
