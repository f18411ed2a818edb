use super::{posting, progress::Progress, session};
use crate::{args::Post, cancel::Interrupts, exit::Failure, output};
use serde::Serialize;
use std::sync::Arc;
use veriframe_app::{Context, Home, jobs};
use veriframe_core::Amount;

#[derive(Serialize)]
struct Posted {
    job: String,
    name: String,
    /// Or pieces of its one frame.
    frames: u32,
    /// How the frame is cut; empty when whole frames are rendered.
    pieces: String,
    /// Smallest unit.
    price_per_frame: String,
    cap: String,
}

pub async fn run(home: Home, args: Post, interrupts: &Interrupts) -> Result<(), Failure> {
    let json = args.output.json;
    let posted = session::with_coordinator(home, args.network, async |ctx| {
        let settings = posting::settings(ctx, &args.job).await?;
        let mut events = ctx.events.subscribe();
        let mut progress = Progress::new(json);
        let draft = posting::post(ctx, settings).await?;
        let waiting = posting::until_posted(ctx, &draft, &mut events, |view| progress.show(view));
        let job = tokio::select! {
            job = waiting => job?,
            () = interrupts.gently.cancelled() => return Err(give_up(ctx, &draft).await),
        };
        progress.finish();
        let view = jobs::job(ctx, job).await?;
        Ok(Posted {
            job: view.row.id,
            name: view.row.name,
            frames: view.row.frames_total,
            pieces: view.pieces,
            price_per_frame: view.price_per_frame,
            cap: view.row.cap,
        })
    })
    .await?;
    if json {
        return output::json(&posted);
    }
    let cap: Amount = posted.cap.parse().unwrap_or_default();
    output::line(&format!(
        "Posted {} with {}, at most {} credits.",
        posted.name,
        if posted.pieces.is_empty() {
            jobs::text::count(posted.frames.into(), "frame", "frames")
        } else {
            format!("one frame in {}", posted.pieces)
        },
        cap.to_credits()
    ))?;
    output::line(&posted.job)
}

/// Interrupted before it was a job.
async fn give_up(ctx: &Arc<Context>, draft: &str) -> Failure {
    match jobs::cancel_job(ctx, draft.to_owned()).await {
        Ok(()) => Failure::interrupted("The job was cancelled. What was paid came back."),
        Err(error) => error.into(),
    }
}
