use super::{provide_direct, session};
use crate::{args::Provide, cancel::Interrupts, exit::Failure, output};
use std::sync::Arc;
use tokio::sync::broadcast;
use veriframe_app::{
    Context, Home, create,
    provide::{self, Whose},
    view::{AppEvent, LimitsView, ProviderView, StopMode},
};

/// Renders for others. One line says what happens, whenever it changes.
pub async fn run(home: Home, args: Provide, interrupts: &Interrupts) -> Result<(), Failure> {
    if args.direct {
        return provide_direct::run(home, args, interrupts).await;
    }
    let json = args.output.json;
    session::with(home, args.network, async |ctx| {
        set_limits(ctx, args.slots, args.threads).await?;
        // Whoever types this command has decided.
        provide::consent_to_providing(ctx).await?;
        // What a render that was killed on this home left half posted.
        create::resume_drafts(ctx).await?;
        let telling = tell(ctx, json);
        let worker = provide::run(ctx, Whose::Anyone);
        tokio::pin!(worker);
        tokio::select! {
            ended = &mut worker => {
                ended?;
                return Ok(());
            }
            never = telling => never?,
            () = interrupts.gently.cancelled() => {}
        }
        provide::stop_providing(ctx, StopMode::AfterFrame).await?;
        tokio::select! {
            ended = &mut worker => {
                ended?;
                return Ok(());
            }
            never = tell(ctx, json) => never?,
            () = interrupts.now.cancelled() => {}
        }
        provide::stop_providing(ctx, StopMode::Now).await?;
        worker.await?;
        Ok(())
    })
    .await
}

/// Kept for the next time.
pub(super) async fn set_limits(ctx: &Arc<Context>, slots: Option<u32>, threads: Option<u32>) -> Result<(), Failure> {
    if slots.is_none() && threads.is_none() {
        return Ok(());
    }
    let now = provide::provider(ctx).await?.limits;
    let limits = LimitsView {
        slots: slots.unwrap_or(now.slots),
        threads: threads.unwrap_or(now.threads),
        ..now
    };
    provide::set_limits(ctx, limits).await?;
    Ok(())
}

/// Prints the reason line whenever it changes; percentages are left out, so that a log stays readable. Ends only when
/// nothing can be printed any more.
pub(super) async fn tell(ctx: &Arc<Context>, json: bool) -> Result<(), Failure> {
    let mut events = ctx.events.subscribe();
    let mut told = String::new();
    let mut show = |view: &ProviderView| -> Result<(), Failure> {
        let line = without_percentage(&view.reason);
        let news = without_seconds(&line);
        if news == told || line.is_empty() {
            return Ok(());
        }
        told = news;
        if json {
            output::json(&serde_json::json!({ "state": view.state, "reason": line, "detail": view.detail }))
        } else {
            output::line(&line)
        }
    };
    show(&provide::provider(ctx).await?)?;
    loop {
        match events.recv().await {
            Ok(AppEvent::Provider(view)) => show(&view)?,
            Ok(_) => {}
            Err(broadcast::error::RecvError::Lagged(_)) => show(&provide::provider(ctx).await?)?,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// `Rendering frame 14 of Bowling` from `Rendering frame 14 of Bowling, 38 %`.
fn without_percentage(reason: &str) -> String {
    match reason.rsplit_once(", ") {
        Some((line, end)) if end.trim_end_matches('%').trim().parse::<u32>().is_ok() && end.ends_with('%') => {
            line.to_owned()
        }
        _ => reason.to_owned(),
    }
}

/// The line without what counts down in it: `Trying again in 8 s` is no news a second later.
fn without_seconds(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let counts_down = |place: usize| {
        words[place].bytes().all(|byte| byte.is_ascii_digit()) && words.get(place + 1).is_some_and(|unit| *unit == "s")
    };
    let kept: Vec<&str> = (0..words.len())
        .filter(|&place| !counts_down(place))
        .map(|place| words[place])
        .collect();
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_countdown_is_said_once() {
        let line = |seconds| {
            without_seconds(&format!(
                "The coordinator stopped answering. Trying again in {seconds} s"
            ))
        };
        assert_eq!(line(8), line(7));
        let frame = |frame| without_seconds(&format!("Rendering frame {frame} of Bowling"));
        assert_ne!(frame(8), frame(7));
    }

    #[test]
    fn a_log_gets_no_percentages() {
        assert_eq!(
            without_percentage("Rendering frame 14 of Bowling, 38 %"),
            "Rendering frame 14 of Bowling"
        );
        assert_eq!(without_percentage("Waiting for a job"), "Waiting for a job");
        assert_eq!(without_percentage("Rendering A, B"), "Rendering A, B");
    }
}
