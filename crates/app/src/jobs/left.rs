//! How long a job still takes.

use veriframe_wire::job::{Job, JobStatus};

/// Seconds until the last frame is in, as the frames of now take; `None` before the first frame, and while nothing is
/// handed out. Time in which nobody rendered does not count: the computer may have been off for a night.
pub(crate) fn time_left(job: &Job) -> Option<f64> {
    let pace = job.pace.filter(|_| job.status == JobStatus::Rendering)?;
    let open = job.counts.queued + job.counts.leased;
    Some(f64::from(open) * pace.frame_seconds / f64::from(pace.at_work.max(1)))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use veriframe_core::{Amount, Timestamp};
    use veriframe_wire::{
        AddressText, AmountText, Time,
        job::{
            Denoise, JobRequirements, OutputFormat, Pace, RenderSpec, SceneSummary, TaskCounts, TimelineEntry,
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
            turn: 1,
            house: vec![],
            price_per_frame: AmountText(Amount::parse_credits("0.1").unwrap()),
            cap: AmountText(Amount::parse_credits("1.2").unwrap()),
            spent: AmountText::default(),
            refunded: AmountText::default(),
            counts: TaskCounts::default(),
            pace: None,
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
    fn frames_go_on_as_they_went() {
        let mut job = job(JobStatus::Rendering);
        job.counts.paid = 9;
        (job.counts.queued, job.counts.leased) = (4, 2);
        assert_eq!(time_left(&job), None, "nothing is known yet");
        let pace = |at_work| {
            Some(Pace {
                frame_seconds: 10.0,
                at_work,
            })
        };
        job.pace = pace(2);
        assert_eq!(time_left(&job), Some(30.0), "two at once");
        job.pace = pace(0);
        assert_eq!(time_left(&job), Some(60.0), "as soon as somebody goes on");
        job.status = JobStatus::Paused;
        assert_eq!(time_left(&job), None);
    }
}
