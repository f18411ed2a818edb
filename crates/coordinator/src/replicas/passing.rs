//! Events that are not kept, such as the progress of a frame, on their way to the other replicas. One that is lost is
//! followed by the next.

use super::bell;
use crate::{
    app::App,
    events::{Logged, Topics},
    store,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::{
    Mutex,
    mpsc::{self, Receiver, Sender},
};
use uuid::Uuid;
use veriframe_wire::{AddressText, Event, EventData};

/// Events that may wait; what comes then is dropped.
const WAITING: usize = 1024;
/// PostgreSQL carries less than 8000 bytes.
const PARCEL_BYTES: usize = 7900;
/// An event has some three hundred bytes.
const PARCEL_EVENTS: usize = 64;

/// What is passed on of one event.
#[derive(Debug, Serialize, Deserialize)]
pub struct Passing {
    pub event: Event,
    pub creator: AddressText,
    /// Of the lease under which it was told.
    pub fence: i64,
}

#[derive(Serialize, Deserialize)]
struct Contents {
    /// The replica that sent it and has told its own readers already.
    from: Uuid,
    events: Vec<Passing>,
}

/// Events in the form in which they travel.
pub struct Parcel(String);

impl Parcel {
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// The way out.
#[derive(Debug)]
pub struct Outbound {
    us: Uuid,
    waiting: Sender<Passing>,
    /// Taken by the task that sends.
    taken: Mutex<Receiver<Passing>>,
}

impl Default for Outbound {
    fn default() -> Self {
        let (waiting, taken) = mpsc::channel(WAITING);
        Self {
            us: Uuid::new_v4(),
            waiting,
            taken: Mutex::new(taken),
        }
    }
}

/// Tells whoever listens here, now, and those who listen to other replicas soon.
pub fn tell(app: &App, passing: Passing) {
    receive_one(app, &passing);
    if app.store.is_shared() {
        // Progress comes again; nobody waits for it.
        let _ = app.passing.waiting.try_send(passing);
    }
}

/// Sends what waits until the coordinator stops. What came together goes together.
pub async fn run(app: Arc<App>) {
    let mut taken = app.passing.taken.lock().await;
    let mut events = Vec::new();
    loop {
        let received = app
            .shutdown
            .run_until_cancelled(taken.recv_many(&mut events, PARCEL_EVENTS));
        if received.await.is_none_or(|received| received == 0) {
            return;
        }
        for parcel in pack(app.passing.us, std::mem::take(&mut events)) {
            if let Some(redis) = &app.redis
                && redis.send(&parcel).await
            {
                continue;
            }
            if let Err(error) = bell::send(&app, &parcel).await {
                tracing::debug!(%error, "progress did not reach the other replicas");
            }
        }
    }
}

/// As few parcels as hold them all. An event that fits into none is left out.
fn pack(from: Uuid, events: Vec<Passing>) -> Vec<Parcel> {
    let mut parcels = Vec::new();
    let mut waiting = vec![events];
    while let Some(mut events) = waiting.pop() {
        let contents = Contents { from, events };
        match serde_json::to_string(&contents) {
            Ok(text) if text.len() <= PARCEL_BYTES => parcels.push(Parcel(text)),
            _ if contents.events.len() < 2 => {}
            _ => {
                events = contents.events;
                let rest = events.split_off(events.len() / 2);
                waiting.extend([rest, events]);
            }
        }
    }
    parcels
}

/// Tells our readers what another replica sent. What is no parcel is passed over: it may be of another version.
pub fn receive(app: &App, text: &str) {
    match serde_json::from_str::<Contents>(text) {
        Ok(contents) if contents.from == app.passing.us => {}
        Ok(contents) => contents.events.iter().for_each(|passing| receive_one(app, passing)),
        Err(error) => tracing::debug!(%error, "not a parcel of a replica"),
    }
}

fn receive_one(app: &App, passing: &Passing) {
    let EventData::TaskProgress {
        job,
        task,
        progress,
        worker,
        ..
    } = &passing.event.data
    else {
        return;
    };
    if let Some(seq) = store::tasks::parse_id(task) {
        app.progress.set(seq, passing.fence, *progress, passing.event.at.0);
    }
    let topics = Topics::job(job, passing.creator.0).and_worker(worker.0);
    match Logged::new(&passing.event, topics) {
        Ok(logged) => app.bus.send(&Arc::new(logged)),
        Err(error) => tracing::error!(%error, "progress could not be written"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use veriframe_core::Timestamp;
    use veriframe_wire::Time;

    fn progress(job: &str) -> Passing {
        let address = AddressText("0x1".parse().unwrap());
        Passing {
            event: Event {
                seq: None,
                at: Time(Timestamp(0)),
                data: EventData::TaskProgress {
                    job: job.to_owned(),
                    task: "t1".to_owned(),
                    frame: 1,
                    progress: 0.5,
                    worker: address,
                },
            },
            creator: address,
            fence: 1,
        }
    }

    #[test]
    fn parcels_hold_all_events_and_are_small_enough() {
        let events: Vec<Passing> = (0..200).map(|number| progress(&format!("job-{number}"))).collect();
        let parcels = pack(Uuid::nil(), events);
        assert!(parcels.iter().all(|parcel| parcel.text().len() <= PARCEL_BYTES));
        let jobs: Vec<String> = parcels
            .iter()
            .flat_map(|parcel| serde_json::from_str::<Contents>(parcel.text()).unwrap().events)
            .map(|passing| match passing.event.data {
                EventData::TaskProgress { job, .. } => job,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(jobs, (0..200).map(|number| format!("job-{number}")).collect::<Vec<_>>());
        let too_long = "x".repeat(PARCEL_BYTES);
        assert!(pack(Uuid::nil(), vec![progress(&too_long)]).is_empty());
    }
}
