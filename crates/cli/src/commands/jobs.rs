use super::{posting, progress::Progress, session};
use crate::{
    args::{JobId, JobIds, JobsClean, JobsList, JobsPause, JobsSave},
    cancel::Interrupts,
    exit::{Exit, Failure},
    output,
};
use std::sync::Arc;
use veriframe_app::{
    Context, Home,
    jobs::{self as topic, Found, text, text::amount},
    view::{JobRow, JobStateView, JobView},
};
use veriframe_core::FrameSet;

pub async fn list(home: Home, args: JobsList) -> Result<(), Failure> {
    let rows = session::with_coordinator(home, args.network, async |ctx| Ok(topic::jobs(ctx).await?)).await?;
    if args.output.json {
        return output::json(&rows);
    }
    if rows.is_empty() {
        return output::line("No jobs yet. Post one: veriframe post FILE");
    }
    rows.iter().try_for_each(|row| output::line(&row_line(row)))
}

fn row_line(row: &JobRow) -> String {
    let note = if row.note.is_empty() {
        String::new()
    } else {
        format!("  {}", row.note)
    };
    let money = row.money.as_ref().map_or_else(String::new, |money| {
        format!(
            "  {:>8} of {:>8} {}",
            amount(&money.spent),
            amount(&money.cap),
            money.unit
        )
    });
    format!(
        "{}  {:10}  {:>5} of {:<5}{money}  {}{note}",
        row.id,
        format!("{:?}", row.state).to_lowercase(),
        row.frames_done,
        row.frames_total,
        row.name,
    )
}

pub async fn show(home: Home, args: JobId) -> Result<(), Failure> {
    let view = session::with_coordinator(home, args.network, async |ctx| {
        let id = by_prefix(ctx, &args.job).await?;
        Ok(topic::job(ctx, id).await?)
    })
    .await?;
    if args.output.json {
        return output::json(&view);
    }
    print(&view)
}

fn print(view: &JobView) -> Result<(), Failure> {
    output::line(&row_line(&view.row))?;
    for stage in &view.stages {
        output::line(&format!(
            "  {:7}  {}",
            format!("{:?}", stage.state).to_lowercase(),
            stage.label
        ))?;
    }
    for entry in &view.timeline {
        output::line(&format!("  {}  {}", entry.at, entry.text))?;
    }
    Ok(())
}

pub async fn watch(home: Home, args: JobId, interrupts: &Interrupts) -> Result<(), Failure> {
    let json = args.output.json;
    let view = session::with_coordinator(home, args.network, async |ctx| {
        topic::follow_events(ctx);
        let id = by_prefix(ctx, &args.job).await?;
        let mut progress = Progress::new(json);
        let mut events = ctx.events.subscribe();
        loop {
            let view = topic::job(ctx, id.clone()).await?;
            progress.show(&view);
            if view.row.state.has_ended() {
                progress.finish();
                return Ok(view);
            }
            tokio::select! {
                () = posting::next_news(&mut events) => {}
                () = interrupts.gently.cancelled() => {
                    return Err(Failure::interrupted("The job goes on; watch it again with the same command."));
                }
            }
        }
    })
    .await?;
    if json {
        output::json(&view)?;
    } else {
        print(&view)?;
    }
    if view.row.state == JobStateView::Complete {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Failed,
        "invalid_state",
        "The job did not finish.",
        view.row.note,
    ))
}

/// Puts the named jobs before all others; prints the queue.
pub async fn order(home: Home, args: JobIds) -> Result<(), Failure> {
    let queue = session::with_coordinator(home, args.network, async |ctx| {
        let mut order = Vec::new();
        for wanted in &args.jobs {
            order.push(by_prefix(ctx, wanted).await?);
        }
        topic::put_first(ctx, &order).await?;
        Ok(in_queue(topic::jobs(ctx).await?))
    })
    .await?;
    if args.output.json {
        return output::json(&queue);
    }
    queue.iter().try_for_each(|row| output::line(&row_line(row)))
}

/// Those that are posted and have not ended, in their order.
fn in_queue(rows: Vec<JobRow>) -> Vec<JobRow> {
    let waiting = |row: &JobRow| row.turn.is_some() && !row.state.has_ended();
    rows.into_iter().filter(waiting).collect()
}

pub async fn pause(home: Home, args: JobsPause) -> Result<(), Failure> {
    let paused = session::with_coordinator(home, args.network, async |ctx| {
        if args.all {
            topic::pause_all_jobs(ctx, false).await?;
            let rows = in_queue(topic::jobs(ctx).await?);
            return Ok(rows
                .into_iter()
                .filter(|row| row.state == JobStateView::Paused)
                .collect());
        }
        let mut paused = Vec::new();
        for wanted in &args.jobs {
            let id = by_prefix(ctx, wanted).await?;
            topic::pause_job(ctx, id.clone()).await?;
            paused.push(topic::job(ctx, id).await?.row);
        }
        Ok(paused)
    })
    .await?;
    if args.output.json {
        return output::json(&paused);
    }
    paused.iter().try_for_each(|row| output::line(&row_line(row)))
}

pub async fn cancel(home: Home, args: JobId) -> Result<(), Failure> {
    let view = session::with_coordinator(home, args.network, async |ctx| {
        let id = by_prefix(ctx, &args.job).await?;
        topic::cancel_job(ctx, id.clone()).await?;
        Ok(topic::job(ctx, id).await?)
    })
    .await?;
    if args.output.json {
        return output::json(&view);
    }
    let money = view.row.money.as_ref().map_or_else(String::new, |money| {
        format!(
            " {} {} came back, {} were spent.",
            amount(&money.refunded),
            money.unit,
            amount(&money.spent)
        )
    });
    output::line(&format!("{} is cancelled.{money}", view.row.name))
}

pub async fn clean(home: Home, args: JobsClean) -> Result<(), Failure> {
    let frames = args.frames;
    let cleaned = session::with_coordinator(
        home,
        args.network,
        async |ctx| Ok(topic::clean_jobs(ctx, frames).await?),
    )
    .await?;
    if args.output.json {
        return output::json(&cleaned);
    }
    let bytes = text::bytes(cleaned.bytes.parse().unwrap_or_default());
    output::line(&format!(
        "{bytes} are free again, after {}.",
        text::count(cleaned.jobs.into(), "job that has ended", "jobs that have ended")
    ))
}

pub async fn save(home: Home, args: JobsSave) -> Result<(), Failure> {
    let frames: Vec<i32> = match &args.frames {
        None => vec![],
        Some(written) => written
            .parse::<FrameSet>()
            .map_err(|error| Failure::new(Exit::BadInput, "invalid_frames", error.to_string(), ""))?
            .iter()
            .collect(),
    };
    let folder = std::path::absolute(&args.out)?.to_string_lossy().into_owned();
    let saved = session::with_coordinator(home, args.network, async |ctx| {
        let id = by_prefix(ctx, &args.job).await?;
        Ok(topic::save_frames(ctx, id, frames, folder).await?)
    })
    .await?;
    if args.output.json {
        return output::json(&saved);
    }
    output::line(&format!(
        "{} in {}",
        text::count(saved.files.into(), "frame", "frames"),
        saved.folder
    ))
}

/// A whole id, or the only one that begins like this.
pub(super) async fn by_prefix(ctx: &Arc<Context>, wanted: &str) -> Result<String, Failure> {
    // The id that posting answered with stays good.
    if let Ok(Found::Posted { job, draft: Some(_) }) = topic::find(ctx, wanted).await {
        return Ok(job);
    }
    let rows = topic::jobs(ctx).await?;
    if rows.iter().any(|row| row.id == wanted) {
        return Ok(wanted.to_owned());
    }
    let mut matching = rows.into_iter().filter(|row| row.id.starts_with(wanted));
    match (matching.next(), matching.next()) {
        (Some(row), None) => Ok(row.id),
        (Some(_), Some(_)) => Err(Failure::new(
            Exit::BadInput,
            "not_found",
            format!("Several jobs begin with “{wanted}”."),
            "Give more of the id; veriframe jobs list shows it.",
        )),
        (None, _) => Err(Failure::new(
            Exit::BadInput,
            "not_found",
            format!("There is no job “{wanted}”."),
            "veriframe jobs list shows those of this account.",
        )),
    }
}
