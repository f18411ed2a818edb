//! The one piece of state: the context of the use cases, which is still opening while the window is already there.

use crate::shell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tauri::AppHandle;
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use veriframe_app::{Context, Home, jobs, provide, view::CommandError};
use veriframe_cli::compose;

type Opened = Result<Arc<Context>, CommandError>;

pub struct Backend {
    opened: watch::Receiver<Option<Opened>>,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    /// Given to the window once: after a reload the file is not opened again.
    asked_to_open: Mutex<Option<String>>,
    started: Instant,
}

impl Backend {
    /// Starts opening the home; returns at once.
    pub fn start(app: &AppHandle, home: Home, started: Instant, asked_to_open: Option<String>) -> Self {
        let (tell, opened) = watch::channel(None);
        let shutdown = CancellationToken::new();
        let tasks = TaskTracker::new();
        let handle = tauri::async_runtime::handle();
        let run = open(app.clone(), home, tell, shutdown.clone());
        tasks.spawn_on(run, handle.inner());
        Self {
            opened,
            shutdown,
            tasks,
            asked_to_open: Mutex::new(asked_to_open),
            started,
        }
    }

    /// The context, when it is open.
    ///
    /// # Errors
    /// What kept it from opening, for the window to show.
    pub async fn context(&self) -> Opened {
        let mut opened = self.opened.clone();
        let answer = opened
            .wait_for(Option::is_some)
            .await
            .map_err(|_| is_closing())?
            .clone();
        answer.unwrap_or_else(|| Err(is_closing()))
    }

    /// The context when it is open already.
    pub fn context_now(&self) -> Option<Arc<Context>> {
        self.opened.borrow().as_ref()?.as_ref().ok().cloned()
    }

    pub fn take_asked_to_open(&self) -> Option<String> {
        self.asked_to_open.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Since the program started.
    pub fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// Ends everything: Blender is stopped, leases are given back, the coordinator closes its database.
    pub async fn shutdown(&self) {
        self.shutdown.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

fn is_closing() -> CommandError {
    CommandError {
        code: "internal".into(),
        message: "VeriFrame is closing.".into(),
        hint: String::new(),
    }
}

/// Opens the home, passes its events on to the window until the app ends, and closes it.
async fn open(app: AppHandle, home: Home, tell: watch::Sender<Option<Opened>>, shutdown: CancellationToken) {
    let composed = match compose::open(compose::Options::desktop(home), shutdown.clone()).await {
        Ok(composed) => composed,
        Err(error) => {
            tracing::error!(%error, "the home cannot be opened");
            tell.send_replace(Some(Err(error.into())));
            return;
        }
    };
    let context = composed.context.clone();
    tell.send_replace(Some(Ok(context.clone())));
    if let Err(error) = provide::resume_providing(&context).await {
        tracing::warn!(%error, "providing was not taken up again");
    }
    provide::render_own_jobs(&context);
    jobs::watch_the_queue(&context, Arc::new(jobs::SystemPower), jobs::NOTICE);
    shell::events::pass_on(&app, &context, &shutdown).await;
    composed.close().await;
}
