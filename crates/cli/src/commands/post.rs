use super::{posting, progress::Progress, session};
use crate::{args::Post, cancel::Interrupts, exit::Failure, output};
use serde::Serialize;
use std::sync::Arc;
use veriframe_app::{Context, Home, jobs};

#[derive(Serialize)]
struct Posted {
    job: String,
    name: String,
    /// Or pieces of its one frame.
    frames: u32,
    /// How the frame is cut; empty when whole frames are rendered.
    pieces: String,
    /// Smallest unit. Absent where nobody pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    price_per_frame: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<String>,
    #[serde(skip)]
    at_most: String,
}

pub async fn run(home: Home, args: Post, interrupts: &Interrupts) -> Result<(), Failure> {
    let json = args.output.json;
    let posted = session::with_coordinator(home, args.network, async |ctx| {
        let settings = posting::settings(ctx, &args.file, &args.job).await?;
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
        let money = view.row.money.as_ref();
        Ok(Posted {
            price_per_frame: money.map(|money| money.price_per_frame.clone()),
            cap: money.map(|money| money.cap.clone()),
            at_most: money.map_or_else(String::new, |money| {
                format!(", at most {} {}", jobs::text::amount(&money.cap), money.unit)
            }),
            job: view.row.id,
            name: view.row.name,
            frames: view.row.frames_total,
            pieces: view.pieces,
        })
    })
    .await?;
    if json {
        return output::json(&posted);
    }
    output::line(&format!(
        "Posted {} with {}{}.",
        posted.name,
        if posted.pieces.is_empty() {
            jobs::text::count(posted.frames.into(), "frame", "frames")
        } else {
            format!("one frame in {}", posted.pieces)
        },
        posted.at_most
    ))?;
    output::line(&posted.job)
}

/// Interrupted before it was a job.
async fn give_up(ctx: &Arc<Context>, draft: &str) -> Failure {
    match jobs::cancel_job(ctx, draft.to_owned()).await {
        Ok(()) => Failure::interrupted("The job was cancelled."),
        Err(error) => error.into(),
    }
}
