//! From the command line's words to a job: shared by `render` and `post`.

use crate::{
    args::{DenoiseChoice, Format, JobArgs},
    exit::{Exit, Failure},
    output,
};
use std::{path::Path, sync::Arc};
use tokio::sync::broadcast;
use veriframe_app::{
    Context, create,
    jobs::{self, Found},
    settlement,
    view::{AppEvent, CommandError, FormatChoice, JobSettings, JobView, Located, SceneView, Severity},
};
use veriframe_core::Amount;
use veriframe_wire::Money;

/// Reads the scene and puts together what to render. Nothing is packed or posted.
pub async fn settings(ctx: &Arc<Context>, file: &Path, args: &JobArgs) -> Result<JobSettings, Failure> {
    let path = text(&std::path::absolute(file)?)?;
    let scene = create::inspect_scene(ctx, path.clone(), args.scene.clone(), vec![]).await?;
    let located = search(args, &path).await?;
    warn(&scene);
    choose(args, scene, located)
}

async fn search(args: &JobArgs, path: &str) -> Result<Vec<Located>, Failure> {
    match &args.search {
        Some(folder) => Ok(create::search_missing(path.to_owned(), text(&std::path::absolute(folder)?)?).await?),
        None => Ok(vec![]),
    }
}

fn choose(args: &JobArgs, scene: SceneView, located: Vec<Located>) -> Result<JobSettings, Failure> {
    let defaults = scene.defaults;
    Ok(JobSettings {
        frames: args.frames.clone().unwrap_or(defaults.frames),
        percent: args.percent.unwrap_or(defaults.percent),
        samples: args.samples.unwrap_or(defaults.samples),
        format: args.format.map_or(defaults.format, |format| match format {
            Format::Png => FormatChoice::Png,
            Format::Exr => FormatChoice::Exr,
            Format::Jpeg => FormatChoice::Jpeg,
        }),
        bake: args.bake,
        plain: args.no_encrypt,
        anew: false,
        denoise_off: args.denoise == DenoiseChoice::Off,
        ignore_missing: args.ignore_missing,
        located,
        cap: cap(args)?,
        pieces: args.pieces.to_string(),
        scene: args.scene.clone(),
        path: defaults.path,
    })
}

/// Credits on the command line, the smallest unit inside.
fn cap(args: &JobArgs) -> Result<String, Failure> {
    let Some(text) = &args.cap else {
        return Ok(String::new());
    };
    Amount::parse_credits(text)
        .map(|amount| amount.to_string())
        .map_err(|error| {
            Failure::new(
                Exit::BadInput,
                "invalid_settings",
                format!("“{text}” is not an amount: {error}."),
                "Write --cap 2.50.",
            )
        })
}

/// What does not block is worth a line all the same.
fn warn(scene: &SceneView) {
    for problem in scene
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Warning)
    {
        output::note(&format!(
            "Warning: {}. {}",
            problem.title.trim_end_matches('.'),
            problem.detail
        ));
    }
}

/// A path that the use cases can pass on as text.
fn text(path: &Path) -> Result<String, Failure> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::new(
            Exit::BadInput,
            "unreadable",
            format!("The name “{}” is not valid UTF-8.", path.display()),
            "Rename the file or its folder.",
        )
    })
}

/// Begins to post. A refusal names the option that mends it.
pub async fn post(ctx: &Arc<Context>, settings: JobSettings) -> Result<String, Failure> {
    let fee_most = agreed(ctx, &settings).await?;
    create::post_job(ctx, settings, fee_most).await.map_err(|error| {
        let option = match error.code.as_str() {
            "missing_files" => {
                "Name a folder to search with --search FOLDER, or render without them with --ignore-missing."
            }
            "no_denoiser" => "Turn denoising off with --denoise off.",
            "insufficient_funds" => "Give less with --frames, --percent, --samples or --cap.",
            _ => "",
        };
        let mut failure = Failure::from(error);
        if !option.is_empty() {
            failure.hint.push(' ');
            failure.hint.push_str(option);
        }
        failure
    })
}

/// Says what is paid on the chain before it is signed; whoever calls the command agrees to it. Empty for what is not.
async fn agreed(ctx: &Arc<Context>, settings: &JobSettings) -> Result<String, Failure> {
    if !matches!(settlement::money(ctx).await, Ok(Money::Strk)) {
        // What is wrong with the coordinator is said by posting itself.
        return Ok(String::new());
    }
    let quote = create::quote_job(ctx, settings.clone()).await?;
    let amount = |text: &str| text.parse::<Amount>().unwrap_or_default().to_credits();
    output::note(&format!(
        "Pays {} STRK into the market contract, and at most {} STRK to the network.",
        amount(&quote.spends),
        amount(&quote.fee_most)
    ));
    Ok(quote.fee_most)
}

/// Waits until the draft is a job, telling every step; the job's id.
pub async fn until_posted(
    ctx: &Arc<Context>,
    draft: &str,
    events: &mut broadcast::Receiver<AppEvent>,
    mut tell: impl FnMut(&JobView),
) -> Result<String, Failure> {
    loop {
        let draft_row = match jobs::find(ctx, draft).await? {
            Found::Posted { job, .. } => return Ok(job),
            Found::Draft(row) => row,
        };
        tell(&jobs::job(ctx, draft.to_owned()).await?);
        if !draft_row.stage.is_unfinished() {
            return Err(CommandError::new(&draft_row.code, draft_row.note, "Nothing was posted.").into());
        }
        next_news(events).await;
    }
}

/// Returns when something happened to a job; also when events were missed, because then anything may have.
pub async fn next_news(events: &mut broadcast::Receiver<AppEvent>) {
    loop {
        match events.recv().await {
            Ok(AppEvent::Job(_) | AppEvent::Notice { .. }) | Err(broadcast::error::RecvError::Lagged(_)) => return,
            Ok(_) => {}
            // The context is closing; nothing follows.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}
