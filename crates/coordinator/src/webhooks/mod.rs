//! Webhooks: an account's events, sent to a server of its own, signed.
//!
//! The log of events is the queue. A webhook has a place in it (`seen`); what comes after and is of its topics is still to be
//! sent, in order, one at a time. [`watch`] notices new events and puts a [`crate::work::Work::Notify`] into the queue; that
//! sends, and moves the place on after each event, in the transaction that writes the delivery down. So a crash at any
//! moment repeats an event at worst, and never skips one. An event that nobody takes is given up after ten attempts; after
//! three such in a row the webhook is paused until its owner asks for a replay.
//!
//! Where events are sent is a stranger's choice: see [`target`].

mod deliver;
mod manage;
mod post;
mod target;
mod watch;

pub use deliver::{notify, redeliver};
pub use manage::{create, delete, deliveries, list, replay};
pub use post::{Post, PostSettingsError};
pub use watch::watch;

use crate::{
    events::{Logged, Topic},
    store::webhooks::WebhookRow,
};
use std::collections::HashSet;

/// What the webhook wants. Its topics were checked when it was made; one that is no topic any more brings nothing.
fn subscription(hook: &WebhookRow) -> HashSet<Topic> {
    let topics = hook.topics.iter();
    topics
        .filter_map(|topic| Topic::parse(topic, hook.account).ok())
        .collect()
}

fn wants(subscription: &HashSet<Topic>, event: &Logged) -> bool {
    event.seq.is_some() && event.topics.each().any(|topic| subscription.contains(&topic))
}
