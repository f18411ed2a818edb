//! Which replica does what must not be done by two at the same time: reading the chain and settling on it.
//!
//! The leader holds a lock of the database by a connection of its own: it is free when that connection ends, however it
//! ends. Whoever takes it waits until the last holder must have noticed that it lost it. On SQLite the one coordinator leads.

use crate::{app::App, store};
use sqlx::{Connection as _, PgConnection};
use std::{convert::Infallible, future::Future, sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{self, timeout},
};

/// Between two tries to take the lock, and between two looks at whether it is still ours.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Within this the database says that the connection stands.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);
/// Longer than a holder needs to notice.
const SETTLE: Duration = Duration::from_millis(1500);

/// Whether this replica leads.
#[derive(Debug)]
pub struct Leader(watch::Sender<bool>);

impl Leader {
    /// `alone`: nobody else can.
    pub fn new(alone: bool) -> Self {
        Self(watch::Sender::new(alone))
    }

    pub fn leads(&self) -> bool {
        *self.0.borrow()
    }

    /// Runs `work` for as long as this replica leads, and again when it leads again. Work is cut off between two of its
    /// waits, as it would be by a kill. Ends when the work does.
    pub async fn only<F: Future<Output = ()>>(&self, mut work: impl FnMut() -> F) {
        let mut leads = self.0.subscribe();
        loop {
            // The sender is ours: it cannot be gone.
            let _ = leads.wait_for(|leads| *leads).await;
            tokio::select! {
                () = work() => return,
                _ = leads.wait_for(|leads| !*leads) => {}
            }
        }
    }
}

/// Tries to lead until the coordinator stops.
pub async fn run(app: Arc<App>) {
    let Some(server) = app.store.server() else { return };
    loop {
        let Some(Err(error)) = app.shutdown.run_until_cancelled(lead(&app.leader, server)).await else {
            break;
        };
        if app.leader.0.send_replace(false) {
            tracing::warn!(%error, "this replica leads no longer");
        }
        if app
            .shutdown
            .run_until_cancelled(time::sleep(LOOK_EVERY))
            .await
            .is_none()
        {
            break;
        }
    }
    app.leader.0.send_replace(false);
}

async fn lead(leader: &Leader, server: &str) -> Result<Infallible, sqlx::Error> {
    let mut connection = PgConnection::connect(server).await?;
    store::locks::end_when_silent(&mut connection).await?;
    while !answered(store::locks::try_lead(&mut connection)).await? {
        time::sleep(LOOK_EVERY).await;
    }
    time::sleep(SETTLE).await;
    answered(connection.ping()).await?;
    tracing::info!("this replica leads");
    leader.0.send_replace(true);
    loop {
        time::sleep(LOOK_EVERY).await;
        answered(connection.ping()).await?;
    }
}

async fn answered<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    timeout(ANSWER_WITHIN, asked)
        .await
        .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn work_stops_with_the_lead_and_begins_again_with_it() {
        let leader = Arc::new(Leader::new(false));
        let begun = Arc::new(AtomicU32::new(0));
        let working = tokio::spawn({
            let (leader, begun) = (Arc::clone(&leader), Arc::clone(&begun));
            async move {
                leader
                    .only(|| {
                        begun.fetch_add(1, Ordering::SeqCst);
                        std::future::pending()
                    })
                    .await;
            }
        });
        for turn in 1..=3 {
            leader.0.send_replace(true);
            let began = async {
                while begun.load(Ordering::SeqCst) < turn {
                    tokio::task::yield_now().await;
                }
            };
            timeout(Duration::from_secs(10), began).await.expect("it begins");
            leader.0.send_replace(false);
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(begun.load(Ordering::SeqCst), 3);
        working.abort();
    }
}
