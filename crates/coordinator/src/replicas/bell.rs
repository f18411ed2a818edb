//! The database's bell: PostgreSQL says when a replica has committed, and carries what passes between them.

use super::passing::{self, Parcel};
use crate::app::App;
use sqlx::postgres::PgListener;
use std::{sync::Arc, time::Duration};
use tokio::time;

/// Rung by a trigger of the table `events`.
const EVENTS: &str = "veriframe_events";
/// Carries [`Parcel`]s.
pub const PASSING: &str = "veriframe_passing";
const CONNECT_AGAIN: Duration = Duration::from_millis(200);

/// Listens until the coordinator stops.
pub async fn run(app: Arc<App>) {
    let Some(server) = app.store.server() else { return };
    let mut was_heard = true;
    loop {
        let Some(Err(error)) = app
            .shutdown
            .run_until_cancelled(listen(&app, server, &mut was_heard))
            .await
        else {
            return;
        };
        if was_heard {
            tracing::warn!(%error, "the database's bell is not heard; the log is looked at every second");
            was_heard = false;
        }
        if app
            .shutdown
            .run_until_cancelled(time::sleep(CONNECT_AGAIN))
            .await
            .is_none()
        {
            return;
        }
    }
}

async fn listen(app: &App, server: &str, is_heard: &mut bool) -> Result<std::convert::Infallible, sqlx::Error> {
    let mut bell = PgListener::connect(server).await?;
    bell.listen_all([EVENTS, PASSING]).await?;
    if !std::mem::replace(is_heard, true) {
        tracing::info!("the database's bell is heard again");
    }
    loop {
        // Whatever was rung while nobody listened.
        app.bus.log_grew();
        while let Some(rung) = bell.try_recv().await? {
            match rung.channel() {
                PASSING => passing::receive(app, rung.payload()),
                _ => app.bus.log_grew(),
            }
        }
    }
}

/// Hands a parcel to the other replicas.
pub async fn send(app: &App, parcel: &Parcel) -> Result<(), sqlx::Error> {
    crate::store::locks::notify(&mut *app.store.read().await?, PASSING, parcel.text()).await
}
