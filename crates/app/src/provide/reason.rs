//! The one reason line: what this computer is doing, or why it does nothing.

use super::handle::{Activity, SlotActivity};
use crate::view::{CurrentFrame, ProviderState};
use veriframe_core::Timestamp;

/// State, reason, what happens next, and progress.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Headline {
    pub state: ProviderState,
    pub reason: String,
    pub detail: String,
    pub progress: Option<f64>,
}

pub(crate) fn headline(activity: &Activity, now: Timestamp) -> Headline {
    let plain = |state, reason: String, detail: String| Headline {
        state,
        reason,
        detail,
        progress: None,
    };
    let outage = activity
        .outage
        .map(|outage| outage_words(activity.kept, outage.retry_at, now));
    let Some(controls) = &activity.controls else {
        return match &activity.snooze {
            Some(snooze) => plain(
                ProviderState::Snoozed,
                format!("Snoozed for {}", minutes_left(snooze.until, now)),
                "It goes on by itself.".to_owned(),
            ),
            None => plain(ProviderState::Off, "Not providing".to_owned(), String::new()),
        };
    };
    let doing = doing(activity, now);
    if controls.is_stopping() {
        let (reason, progress) = match doing {
            Some(doing) if doing.state == ProviderState::Rendering => (
                format!("{}, then off", doing.reason.replacen("Rendering", "Finishing", 1)),
                doing.progress,
            ),
            _ if activity.handing_in > 0 => (format!("Handing in {}, then off", frames(activity.handing_in)), None),
            _ => ("Stopping".to_owned(), None),
        };
        return Headline {
            progress,
            ..plain(ProviderState::Stopping, reason, String::new())
        };
    }
    if let Some(doing) = doing {
        return Headline {
            detail: outage.unwrap_or(doing.detail),
            ..doing
        };
    }
    if let Some(outage) = outage {
        return plain(
            ProviderState::Blocked,
            outage,
            "Leave it on: it goes on by itself.".to_owned(),
        );
    }
    if let Some(blocked) = &activity.blocked {
        return plain(ProviderState::Blocked, blocked.reason.clone(), blocked.detail.clone());
    }
    if !activity.registered {
        return plain(ProviderState::Starting, "Starting".to_owned(), String::new());
    }
    if activity.handing_in > 0 {
        let reason = format!("Handing in {}", frames(activity.handing_in));
        return plain(ProviderState::Idle, reason, activity.last_trouble.clone());
    }
    let detail = activity
        .why_not
        .first()
        .cloned()
        .unwrap_or_else(|| activity.last_trouble.clone());
    plain(ProviderState::Idle, "Waiting for a job".to_owned(), detail)
}

/// What the slots do, rendering first; `None` when they all wait for work.
fn doing(activity: &Activity, now: Timestamp) -> Option<Headline> {
    let rendering: Vec<&CurrentFrame> = activity
        .slots
        .values()
        .filter_map(|slot| match slot {
            SlotActivity::Rendering(current) => Some(current),
            _ => None,
        })
        .collect();
    let working = |reason: String, progress: Option<f64>| Headline {
        state: ProviderState::Rendering,
        reason,
        detail: activity.last_trouble.clone(),
        progress,
    };
    match rendering[..] {
        [] => {}
        [one] => {
            let reason = format!(
                "Rendering frame {} of {}, {:.0} %",
                one.frame,
                one.job_name,
                one.progress * 100.0
            );
            return Some(working(reason, Some(one.progress)));
        }
        [first, ..] => {
            let all = rendering.len();
            let mean = rendering.iter().map(|frame| frame.progress).sum::<f64>() / all as f64;
            let of = if rendering.iter().all(|frame| frame.job == first.job) {
                format!(" of {}", first.job_name)
            } else {
                String::new()
            };
            return Some(working(
                format!("Rendering {all} frames{of}, {:.0} %", mean * 100.0),
                Some(mean),
            ));
        }
    }
    activity.slots.values().find_map(|slot| match slot {
        SlotActivity::Fetching { job_name, done, total } => {
            let (done, total) = (*done, (*total).max(*done));
            let share = (total > 0).then(|| done as f64 / total as f64);
            Some(working(
                format!("Fetching {job_name}, {} of {}", megabytes(done), megabytes_unit(total)),
                share,
            ))
        }
        SlotActivity::Opening { job_name } => Some(working(format!("Opening {job_name} in Blender"), None)),
        SlotActivity::Resting { until, why } => Some(Headline {
            state: ProviderState::Blocked,
            reason: format!("Resting for {} after several failures", seconds_left(*until, now)),
            detail: why.clone(),
            progress: None,
        }),
        SlotActivity::Rendering(_) => None,
    })
}

fn outage_words(kept: u32, retry_at: Timestamp, now: Timestamp) -> String {
    let safe = match kept {
        0 => String::new(),
        1 => " Your finished frame is on this computer.".to_owned(),
        kept => format!(" Your {kept} frames are on this computer."),
    };
    let again = if retry_at > now {
        format!("Trying again in {}", seconds_left(retry_at, now))
    } else {
        "Trying again now".to_owned()
    };
    format!("The coordinator stopped answering.{safe} {again}")
}

fn seconds_left(until: Timestamp, now: Timestamp) -> String {
    format!("{} s", (until.millis_since(now).max(0) + 999) / 1000)
}

fn minutes_left(until: Timestamp, now: Timestamp) -> String {
    match (until.millis_since(now).max(0) + 59_999) / 60_000 {
        1 => "1 more minute".to_owned(),
        minutes => format!("{minutes} more minutes"),
    }
}

fn frames(count: u32) -> String {
    if count == 1 {
        "a frame".to_owned()
    } else {
        format!("{count} frames")
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

fn megabytes_unit(bytes: u64) -> String {
    format!("{} MB", megabytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provide::{
        Whose,
        handle::{Blocked, Controls, Outage},
    };
    use tokio_util::sync::CancellationToken;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn on() -> Activity {
        Activity {
            controls: Some(Controls::new(&CancellationToken::new(), Whose::Anyone)),
            registered: true,
            ..Activity::default()
        }
    }

    fn current(frame: i32, progress: f64) -> SlotActivity {
        SlotActivity::Rendering(CurrentFrame {
            job: "j".into(),
            job_name: "Bowling".into(),
            frame,
            progress,
        })
    }

    #[test]
    fn there_is_always_a_reason() {
        assert_eq!(headline(&Activity::default(), NOW).reason, "Not providing");
        assert_eq!(headline(&on(), NOW).reason, "Waiting for a job");
        let mut activity = on();
        activity.slots.insert(0, current(14, 0.38));
        assert_eq!(headline(&activity, NOW).reason, "Rendering frame 14 of Bowling, 38 %");
        activity.slots.insert(1, current(15, 0.12));
        assert_eq!(headline(&activity, NOW).reason, "Rendering 2 frames of Bowling, 25 %");
        activity.controls.as_ref().unwrap().stop_after_frame.cancel();
        let stopping = headline(&activity, NOW);
        assert_eq!(stopping.reason, "Finishing 2 frames of Bowling, 25 %, then off");
        assert_eq!(stopping.state, ProviderState::Stopping);
    }

    #[test]
    fn an_outage_says_what_is_safe() {
        let mut activity = on();
        activity.kept = 9;
        activity.outage = Some(Outage {
            since: NOW,
            retry_at: Timestamp(NOW.0 + 7_200),
        });
        assert_eq!(
            headline(&activity, NOW).reason,
            "The coordinator stopped answering. Your 9 frames are on this computer. Trying again in 8 s"
        );
        activity.slots.insert(0, current(1, 0.5));
        let rendering = headline(&activity, NOW);
        assert_eq!(rendering.state, ProviderState::Rendering);
        assert!(rendering.detail.starts_with("The coordinator stopped answering."));
    }

    #[test]
    fn what_blocks_is_said() {
        let mut activity = on();
        activity.blocked = Some(Blocked {
            reason: "No Blender was found on this computer".into(),
            detail: "Install Blender".into(),
        });
        let headline = headline(&activity, NOW);
        assert_eq!(
            (headline.state, headline.detail.as_str()),
            (ProviderState::Blocked, "Install Blender")
        );
    }
}
