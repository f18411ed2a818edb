//! `estimate`: how long a job will take, told from one small frame of it that is rendered here.

use super::{posting, session};
use crate::{args::Post, cancel::Interrupts, exit::Failure, output};
use veriframe_app::{Home, create, jobs};

pub async fn run(home: Home, args: Post, interrupts: &Interrupts) -> Result<(), Failure> {
    let view = session::with_coordinator(home, args.network, async |ctx| {
        let settings = posting::settings(ctx, &args.file, &args.job).await?;
        tokio::select! {
            timed = create::time_scene(ctx, settings.clone()) => timed?,
            () = interrupts.gently.cancelled() => return Err(Failure::interrupted("")),
        }
        Ok(create::estimate(ctx, settings).await?)
    })
    .await?;
    if args.output.json {
        return output::json(&view);
    }
    output::line(&format!(
        "{} with about {} each: about {}, at most {}. Told from {}.",
        jobs::text::count(view.frames.into(), "frame", "frames"),
        jobs::text::seconds(view.seconds_per_frame),
        jobs::text::seconds(view.seconds_likely),
        jobs::text::seconds(view.seconds_at_most),
        view.basis
    ))
}
