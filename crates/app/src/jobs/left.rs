//! How long a job still takes.

use veriframe_core::Timestamp;
use veriframe_wire::job::{Job, JobStatus};

/// Seconds until the last frame is in, from the pace so far; `None` before the first frame or while nothing renders.
///
/// Pace = frames in ÷ time spent rendering. Pauses do not count.
pub(crate) fn time_left(job: &Job, now: Timestamp) -> Option<f64> {
    if job.status != JobStatus::Rendering {
        return None;
    }
    let counts = job.counts;
    let done = counts.submitted + counts.verified + counts.paid;
    let open = counts.queued + counts.leased;
    let spent = rendering_seconds(job, now);
    (done > 0 && spent > 0.0).then(|| spent / f64::from(done) * f64::from(open))
}

/// Seconds in which workers could render.
pub(crate) fn rendering_seconds(job: &Job, now: Timestamp) -> f64 {
    let mut total = 0;
    let mut since: Option<Timestamp> = None;
    for entry in &job.timeline {
        let renders = matches!(entry.status, JobStatus::Rendering | JobStatus::Verifying);
        match since {
            None if renders => since = Some(entry.at.0),
            Some(start) if !renders => {
                total += entry.at.0.millis_since(start);
                since = None;
            }
            _ => {}
        }
    }
    if let Some(start) = since {
        total += now.millis_since(start);
    }
    total.max(0) as f64 / 1000.0
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use veriframe_core::Amount;
    use veriframe_wire::{
        AddressText, AmountText, Time,
        job::{
            Denoise, JobRequirements, OutputFormat, RenderSpec, SceneSummary, TaskCounts, TimelineEntry,
            VerificationPolicy, f32_text::F32Text,
        },
    };

    pub fn job(status: JobStatus) -> Job {
        Job {
            id: "job-1".into(),
            name: "Bowling".into(),
            creator: AddressText("0x1".parse().unwrap()),
            status,
            asset_cid: "bafy".into(),
            sealed: false,
            frames: "1-12".into(),
            render: RenderSpec {
                entry: "scene.blend".into(),
                scene: None,
                percent: None,
                samples: None,
                format: OutputFormat::Png,
                denoise: Denoise::AsInFile,
                pieces: None,
            },
            summary: SceneSummary {
                width: 384,
                height: 216,
                fps: F32Text(24.0),
                samples: 16,
                bytes: 184_000_000,
                files: 37,
            },
            requirements: JobRequirements {
                engine: "cycles".into(),
                saved_by: "3.4.0".into(),
                denoiser: None,
                memory_bytes: 0,
                devices: vec![],
                min_reputation: None,
            },
            verification: VerificationPolicy::Adaptive,
            price_per_frame: AmountText(Amount::parse_credits("0.1").unwrap()),
            cap: AmountText(Amount::parse_credits("1.2").unwrap()),
            spent: AmountText::default(),
            refunded: AmountText::default(),
            counts: TaskCounts::default(),
            created_at: Time(Timestamp(0)),
            deadline: None,
            ended_at: None,
            timeline: vec![
                TimelineEntry {
                    at: Time(Timestamp(0)),
                    status: JobStatus::Open,
                    note: String::new(),
                },
                TimelineEntry {
                    at: Time(Timestamp(0)),
                    status: JobStatus::Rendering,
                    note: String::new(),
                },
            ],
            escrow: None,
            results_cid: None,
        }
    }

    #[test]
    fn the_pace_so_far_goes_on() {
        let mut job = job(JobStatus::Rendering);
        job.counts.paid = 9;
        job.counts.queued = 3;
        assert_eq!(time_left(&job, Timestamp(90_000)), Some(30.0));
        job.counts.paid = 0;
        assert_eq!(time_left(&job, Timestamp(90_000)), None);
    }

    #[test]
    fn pauses_do_not_count() {
        let mut job = job(JobStatus::Rendering);
        for (at, status) in [(10_000, JobStatus::Paused), (500_000, JobStatus::Rendering)] {
            job.timeline.push(TimelineEntry {
                at: Time(Timestamp(at)),
                status,
                note: String::new(),
            });
        }
        assert!((rendering_seconds(&job, Timestamp(520_000)) - 30.0).abs() < 1e-9);
    }
}
