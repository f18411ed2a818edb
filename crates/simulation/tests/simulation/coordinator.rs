//! The coordinator's machine. Its threads are real and the simulation waits for them, so a request takes no simulated time.

use crate::{
    clock::SimClock,
    message::{Answer, Request},
    template::{self, Template},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http,
    serve::Listener,
};
use serde_json::Value;
use std::{
    future::Future,
    io,
    path::{Path, PathBuf},
    sync::{Arc, mpsc::sync_channel},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::DuplexStream,
    runtime::Handle,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
};
use tower::ServiceExt;
use veriframe_coordinator::Stepped;
use veriframe_peers::folder_in_memory;

/// Longer than anything takes that works.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs on the real threads and waits. `None`: it was killed in the middle.
pub fn on<T: Send + 'static>(runtime: &Handle, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    let (sender, receiver) = sync_channel(1);
    runtime.spawn(async move { sender.send(work.await) });
    receiver.recv_timeout(PATIENCE).ok()
}

/// What the real router says.
pub async fn answer(router: Router, request: Request) -> Answer {
    let mut builder = http::Request::builder()
        .method(request.method.as_str())
        .uri(format!("/api/v1{}", request.path));
    if !request.token.is_empty() {
        builder = builder.header("authorization", format!("Bearer {}", request.token));
    }
    if let Some(key) = &request.key {
        builder = builder.header("idempotency-key", key);
    }
    let body = match &request.body {
        Some(body) => {
            builder = builder.header("content-type", "application/json");
            Body::from(body.to_string())
        }
        None => Body::empty(),
    };
    let Ok(response) = router.oneshot(builder.body(body).unwrap()).await;
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap_or_default();
    Answer {
        number: request.number,
        status,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    }
}

/// The disk, and the process that runs on it, when one does.
pub struct Machine {
    runtime: Handle,
    clock: Arc<SimClock>,
    template: Arc<Template>,
    seed: u64,
    disk: TempDir,
    lives: u64,
    life: Option<Life>,
}

struct Life {
    router: Router,
    sockets: UnboundedSender<DuplexStream>,
    server: JoinHandle<()>,
    app: Arc<Stepped>,
}

impl Drop for Life {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Machine {
    pub fn new(runtime: Handle, clock: Arc<SimClock>, template: Arc<Template>, seed: u64) -> Self {
        let disk = folder_in_memory();
        template.write(&disk.path().join("0"));
        Self {
            runtime,
            clock,
            template,
            seed,
            disk,
            lives: 0,
            life: None,
        }
    }

    pub fn folder(&self) -> PathBuf {
        self.disk.path().join(self.lives.to_string())
    }

    pub fn database(&self) -> PathBuf {
        self.folder().join("coordinator.db")
    }

    pub fn is_up(&self) -> bool {
        self.life.is_some()
    }

    pub fn start(&mut self) {
        let settings = template::settings(&self.folder(), self.seed.wrapping_mul(31).wrapping_add(self.lives));
        let clock = Arc::clone(&self.clock);
        let opened = Stepped::open(settings, self.template.blocks.clone(), clock);
        let app = Arc::new(on(&self.runtime, opened).expect("it opens").expect("it opens"));
        let (sockets, arriving) = unbounded_channel();
        let router = app.router();
        let served = router.clone();
        let server = self.runtime.spawn(async move {
            // It ends with the life.
            let _ = axum::serve(Arriving(arriving), served).await;
        });
        self.life = Some(Life {
            router,
            sockets,
            server,
            app,
        });
    }

    /// The process is gone; what it had written is there for the next one.
    pub fn kill(&mut self) {
        let Some(life) = self.life.take() else { return };
        let left: &Path = &self.folder();
        self.lives += 1;
        template::copy(left, &self.folder());
        // Only now: a process that closes its database in peace would tidy it up.
        drop(life);
    }

    pub fn answer(&self, request: Request) -> Option<Answer> {
        on(&self.runtime, answer(self.life.as_ref()?.router.clone(), request))
    }

    /// One tick of the sweeper.
    pub fn sweep(&self, tidy: bool) -> Option<Result<(), String>> {
        let app = Arc::clone(&self.life.as_ref()?.app);
        on(&self.runtime, async move {
            app.sweep().await.map_err(|error| error.to_string())?;
            if tidy {
                app.tidy().await.map_err(|error| error.to_string())?;
            }
            Ok(())
        })
    }

    /// Our end of a new connection.
    pub fn connect(&self) -> Option<DuplexStream> {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        self.life.as_ref()?.sockets.send(theirs).ok()?;
        Some(ours)
    }

    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }
}

/// Connections that come through a channel.
struct Arriving(UnboundedReceiver<DuplexStream>);

impl Listener for Arriving {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        match self.0.recv().await {
            Some(stream) => (stream, ()),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}
