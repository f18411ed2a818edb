//! What the computer does when the queue is done: nothing, sleep, or shut down. A choice for one night: it is asked once more,
//! with a minute to stop it, and forgotten with the program.

use super::follow::news;
use crate::{
    Context,
    api::ApiError,
    view::{AppEvent, WhenDone, WhenDoneView},
};
use std::{
    io,
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// To stop it.
pub const NOTICE: Duration = Duration::from_mins(1);
/// Jobs end elsewhere, too, and news of it can be lost.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What can be done to this computer.
pub trait Power: Send + Sync {
    fn sleep(&self) -> io::Result<()>;
    fn shut_down(&self) -> io::Result<()>;
}

/// Asks the system, as its own menu does: what is not saved elsewhere may still hold it up.
pub struct SystemPower;

impl Power for SystemPower {
    fn sleep(&self) -> io::Result<()> {
        if cfg!(target_os = "macos") {
            run("pmset", &["sleepnow"])
        } else if cfg!(windows) {
            run("rundll32.exe", &["powrprof.dll,SetSuspendState", "0,1,0"])
        } else {
            run("systemctl", &["suspend"])
        }
    }

    fn shut_down(&self) -> io::Result<()> {
        if cfg!(target_os = "macos") {
            run("osascript", &["-e", "tell application \"System Events\" to shut down"])
        } else if cfg!(windows) {
            run("shutdown.exe", &["/s", "/t", "0"])
        } else {
            run("systemctl", &["poweroff"])
        }
    }
}

fn run(program: &str, arguments: &[&str]) -> io::Result<()> {
    let output = Command::new(program).args(arguments).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(io::Error::other(if said.is_empty() {
        output.status.to_string()
    } else {
        said
    }))
}

/// The choice, and the minute that runs.
#[derive(Default)]
pub struct WhenQueueIsDone {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    choice: WhenDone,
    acts_at: Option<Instant>,
}

impl WhenQueueIsDone {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn view(&self) -> WhenDoneView {
        let State { choice, acts_at } = *self.state();
        WhenDoneView {
            choice,
            seconds_left: acts_at.map(|at| at.saturating_duration_since(Instant::now()).as_secs_f64()),
        }
    }
}

pub fn when_done(ctx: &Context) -> WhenDoneView {
    ctx.when_done.view()
}

/// Chooses, and ends a minute that runs.
pub fn set_when_done(ctx: &Context, choice: WhenDone) {
    *ctx.when_done.state() = State { choice, acts_at: None };
    ctx.when_done.changed.notify_one();
    ctx.tell(AppEvent::WhenDone(ctx.when_done.view()));
}

/// Does what is chosen so long after it was announced, as a task of the context.
pub fn watch_the_queue(ctx: &Arc<Context>, power: Arc<dyn Power>, notice: Duration) {
    let ctx = Arc::clone(ctx);
    ctx.tasks.clone().spawn(async move {
        let end = ctx.shutdown.clone();
        end.run_until_cancelled(follow(&ctx, &power, notice)).await;
    });
}

async fn follow(ctx: &Arc<Context>, power: &Arc<dyn Power>, notice: Duration) {
    let mut choice = WhenDone::Nothing;
    // A queue that was empty from the start is not one that is done.
    let mut had_work = false;
    loop {
        // Before the look, so that nothing is missed in between.
        let mut events = ctx.events.subscribe();
        let chosen = ctx.when_done.state().choice;
        had_work &= chosen == choice;
        choice = chosen;
        if choice == WhenDone::Nothing {
            ctx.when_done.changed.notified().await;
            continue;
        }
        match is_busy(ctx).await {
            Ok(true) => {
                had_work = true;
                forget_the_minute(ctx);
            }
            Ok(false) if had_work && minute_is_over(ctx, notice) => {
                act(ctx, power, choice).await;
                continue;
            }
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "it is not known whether the queue is done"),
        }
        let wait = ctx.when_done.state().acts_at.map_or(LOOK_EVERY, |at| {
            at.saturating_duration_since(Instant::now()).min(LOOK_EVERY)
        });
        tokio::select! {
            () = ctx.when_done.changed.notified() => {}
            () = news(&mut events) => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Whether a job of this account has not ended, or is on its way to be posted.
async fn is_busy(ctx: &Context) -> Result<bool, ApiError> {
    Ok(ctx.drafts.any() || !ctx.api.own_jobs_under_way().await?.is_empty())
}

fn forget_the_minute(ctx: &Context) {
    if ctx.when_done.state().acts_at.take().is_some() {
        ctx.tell(AppEvent::WhenDone(ctx.when_done.view()));
    }
}

/// Begins the minute, and says when it is over.
fn minute_is_over(ctx: &Context, notice: Duration) -> bool {
    let acts_at = ctx.when_done.state().acts_at;
    if let Some(at) = acts_at {
        return at <= Instant::now();
    }
    ctx.when_done.state().acts_at = Some(Instant::now() + notice);
    ctx.tell(AppEvent::WhenDone(ctx.when_done.view()));
    false
}

async fn act(ctx: &Arc<Context>, power: &Arc<dyn Power>, choice: WhenDone) {
    // Whatever comes of it: it was for this queue.
    *ctx.when_done.state() = State::default();
    ctx.tell(AppEvent::WhenDone(ctx.when_done.view()));
    let asked = Arc::clone(power);
    let done = tokio::task::spawn_blocking(move || match choice {
        WhenDone::Nothing => Ok(()),
        WhenDone::Sleep => asked.sleep(),
        WhenDone::ShutDown => asked.shut_down(),
    });
    if let Err(error) = done.await.unwrap_or_else(|error| Err(io::Error::other(error))) {
        ctx.tell(AppEvent::Notice {
            tone: "bad".to_owned(),
            title: match choice {
                WhenDone::ShutDown => "This computer did not shut down".to_owned(),
                _ => "This computer did not go to sleep".to_owned(),
            },
            detail: format!("The system says: {error}"),
            job: String::new(),
        });
    }
}
