//! What a job will cost and when it will be done.

use super::{
    pieces, price, problems,
    problems::{Decisions, Surroundings},
    scene,
    speed::{self, Basis, Measured},
};
use crate::{
    Context,
    db::{benchmark, measurements},
    earnings::electricity,
    settlement,
    view::{CommandError, CostView, EstimateView, JobSettings, Problem, SettingsView},
};
use std::{path::Path, sync::Arc, time::UNIX_EPOCH};
use veriframe_blend::{Report, SceneReport};
use veriframe_core::{
    Amount, Engine, RenderSettings,
    pieces::{Cut, Wish, WishError},
};
use veriframe_wire::{Money, worker::WorkersOverview};

/// Everything that was found out while estimating; posting needs it again.
pub struct Plan {
    pub report: Report,
    pub scene: SceneReport,
    pub settings: RenderSettings,
    /// How the one frame is posted in pieces, when it is.
    pub cut: Option<Cut>,
    /// Whether anybody pays where the job is posted. What it costs on a market is told in any case.
    pub is_paid: bool,
    /// Of a whole frame.
    pub price_per_frame: Amount,
    /// Of a frame, or of a piece of it.
    pub price_per_unit: Amount,
    pub cap: Amount,
    pub problems: Vec<Problem>,
    /// Why it cannot be paid for as things are.
    pub money: Option<CommandError>,
    pub view: EstimateView,
}

pub async fn estimate(ctx: &Arc<Context>, chosen: JobSettings) -> Result<EstimateView, CommandError> {
    Ok(plan(ctx, &chosen).await?.view)
}

pub async fn plan(ctx: &Arc<Context>, chosen: &JobSettings) -> Result<Plan, CommandError> {
    let path = Path::new(&chosen.path);
    let (report, around, account) = tokio::join!(
        scene::read(path, scene::trace_options(&chosen.scene, &chosen.located)),
        surroundings(ctx),
        settlement::balance(ctx),
    );
    let (report, around) = (report?, around?);
    let scene = scene::choose(&report, &chosen.scene)?.clone();
    let settings = scene::settings(&scene, chosen)?;
    let (basis, score) = basis(ctx, path, &scene).await?;
    let percent = settings.percent.map_or(scene.percent, u32::from);
    let (width, height) = scene::frame_size(&scene, percent);
    let samples = settings.samples.or(scene.samples).unwrap_or(0);
    let seconds = speed::seconds_per_frame(
        basis,
        &Engine::from_blender(&scene.engine),
        u64::from(width) * u64::from(height),
        samples,
    );
    let frames = settings.frames.len() as u64;
    // Whatever keeps the money from being known is said above the button.
    let is_paid = account.as_ref().is_ok_and(|(money, _)| money.is_paid());
    let price_per_frame = price::per_frame(seconds, score);
    let likely = price::likely(price_per_frame, frames);
    let (Some(likely), Some(proposed)) = (likely, price::proposed_cap(price_per_frame, frames)) else {
        return Err(CommandError::new(
            "invalid_settings",
            "The job is too large to be paid for.",
            "Post fewer frames.",
        ));
    };
    let cap = cap(chosen, proposed)?;
    let frame = pieces::Frame {
        report: &report,
        scene: &scene,
        settings: &settings,
        width,
        height,
        samples,
        seconds,
    };
    let cut = pieces::cut(wish(chosen)?, frame, &idle_speeds(&around))?;
    let price_per_unit = pieces::price(price_per_frame, cut, cap);
    let here = settlement::renders_here(ctx).await;
    let workers_online = match &around.network {
        // Who works for this program's own coordinator is this computer.
        Some(network) if !here => network.online,
        _ => 0,
    };
    // This computer renders the job too, unless others already do.
    let slots = around
        .network
        .as_ref()
        .map_or(1, |network| network.free_slots.max(network.online))
        .max(1);
    let decisions = Decisions {
        denoise_off: chosen.denoise_off,
        bake: chosen.bake,
        ignore_missing: chosen.ignore_missing,
    };
    let mut problems = problems::problems(&report, &scene, decisions, &around);
    // Frames were chosen, whatever the scene's own range says.
    problems.retain(|problem| problem.id != "empty_frames");
    let units = cut.map_or(frames, |cut| u64::from(cut.count()));
    let seconds_each = seconds * frames as f64 / units as f64;
    let seconds_likely = seconds_each * (units as f64 / f64::from(slots)).ceil();
    let money = match &account {
        Ok((Money::None, _)) => None,
        Ok((money, balance)) => why_not_paid(likely, cap, *balance, *money),
        Err(error) => Some(error.clone()),
    };
    let blocked = match (problems::blocking(&problems), &money) {
        (Some(problem), _) => format!("{}.", problem.title),
        (None, Some(error)) => error.message.clone(),
        (None, None) => String::new(),
    };
    let (energy, energy_cost) = energy(&crate::settings::present(ctx).await?, seconds_likely, here);
    let view = EstimateView {
        energy,
        energy_cost,
        frames: u32::try_from(frames).unwrap_or(u32::MAX),
        cost: account.ok().filter(|_| is_paid).map(|(money, balance)| CostView {
            unit: money.unit().to_owned(),
            price_per_frame: price_per_frame.to_string(),
            likely: likely.to_string(),
            cap: cap.to_string(),
            balance: balance.to_string(),
        }),
        seconds_per_frame: seconds,
        seconds_likely,
        seconds_at_most: seconds_likely * speed::spread(basis),
        basis: speed::words(basis).to_owned(),
        workers_online,
        here,
        measured: matches!(basis, Basis::TestFrame(_) | Basis::EarlierFrames(_)),
        pieces: cut.map(|cut| cut.to_string()).unwrap_or_default(),
        blocked,
    };
    Ok(Plan {
        report,
        scene,
        settings,
        cut,
        is_paid,
        price_per_frame,
        price_per_unit,
        cap,
        problems,
        money,
        view,
    })
}

/// What this computer draws and what that costs, as far as Settings say it.
fn energy(settings: &SettingsView, seconds: f64, here: bool) -> (Option<f64>, String) {
    if !here || settings.power_watts == 0 {
        return (None, String::new());
    }
    let kilowatt_hours = f64::from(settings.power_watts) * seconds / 3_600_000.0;
    let cost = match electricity(seconds, settings) {
        Amount::ZERO => String::new(),
        cost => cost.to_credits(),
    };
    (Some(kilowatt_hours), cost)
}

fn wish(chosen: &JobSettings) -> Result<Wish, CommandError> {
    chosen.pieces.parse().map_err(|error: WishError| {
        CommandError::new(
            "invalid_settings",
            scene::sentence(&error.to_string()),
            "Nothing was posted.",
        )
    })
}

/// Of workers that could take a piece now. Unknown when the coordinator is away or does not tell.
fn idle_speeds(around: &Surroundings) -> Vec<f64> {
    let told = around.network.iter().flat_map(|network| &network.idle_speeds);
    told.map(|thousandths| f64::from(*thousandths) / 1000.0).collect()
}

fn cap(chosen: &JobSettings, proposed: Amount) -> Result<Amount, CommandError> {
    if chosen.cap.is_empty() {
        return Ok(proposed);
    }
    chosen.cap.parse().map_err(|_| {
        CommandError::new(
            "invalid_settings",
            "The cap is not an amount.",
            "Write it as a number, such as 2.50.",
        )
    })
}

/// Why the account cannot pay for it.
fn why_not_paid(likely: Amount, cap: Amount, balance: Amount, money: Money) -> Option<CommandError> {
    let unit = money.unit();
    if cap < likely {
        return Some(CommandError::new(
            "invalid_settings",
            format!("The cap is below the likely cost of {} {unit}.", likely.to_credits()),
            "Raise the cap, or render fewer or smaller frames.",
        ));
    }
    (balance < cap).then(|| {
        CommandError::new(
            "insufficient_funds",
            format!(
                "Your balance of {} {unit} does not cover the cap of {}.",
                balance.to_credits(),
                cap.to_credits()
            ),
            match money {
                Money::Strk => "Render fewer or smaller frames, or send STRK to your wallet. Nothing was paid.",
                _ => "Render fewer or smaller frames, or ask for credits in Wallet. Nothing was paid.",
            },
        )
    })
}

/// The Blenders here and what workers that are online offer. A coordinator that is away leaves out its part.
async fn surroundings(ctx: &Arc<Context>) -> Result<Surroundings, CommandError> {
    let (asked, network) = tokio::join!(crate::provide::installations(ctx), ctx.api.workers_overview());
    asked?;
    Ok(by_now(ctx, network.ok()))
}

/// The same, without waiting for Blenders that are being asked for the first time. Asking goes on as a task of the context.
pub(crate) async fn surroundings_by_now(ctx: &Arc<Context>) -> Surroundings {
    if ctx.provider.look().blenders.is_none() {
        ctx.tasks.spawn(crate::provide::look_ahead(Arc::clone(ctx)));
    }
    by_now(ctx, ctx.api.workers_overview().await.ok())
}

fn by_now(ctx: &Context, network: Option<WorkersOverview>) -> Surroundings {
    let Some(found) = ctx.provider.look().blenders else {
        return Surroundings {
            asking: true,
            network,
            ..Surroundings::default()
        };
    };
    let answers = || found.iter().map(|found| &found.answer);
    Surroundings {
        here: answers()
            .filter_map(|answer| Some(answer.as_ref().ok()?.info.clone()))
            .collect(),
        asking: false,
        unusable: answers().filter_map(|answer| answer.clone().err()).collect(),
        network,
    }
}

/// The best thing known about this scene, and the score of the computer it was measured on.
async fn basis(ctx: &Arc<Context>, path: &Path, scene: &SceneReport) -> Result<(Basis, u32), CommandError> {
    let modified = modified_ms(path);
    let path = path.to_string_lossy().into_owned();
    let name = scene.name.clone();
    let (test, job, score) = ctx
        .db
        .call(move |conn| {
            use measurements::{Source, find};
            Ok((
                find(conn, &path, &name, Source::Test, modified)?,
                find(conn, &path, &name, Source::Job, modified)?,
                benchmark::scores(conn)?.into_values().max().unwrap_or(0),
            ))
        })
        .await?;
    let measured = |row: measurements::MeasurementRow| Measured {
        pixels: row.pixels,
        samples: row.samples,
        seconds: row.seconds,
        before_sampling: row.before_sampling,
    };
    let basis = match (job, test, score) {
        // Frames at full size tell more than a small one, unless the small one is newer.
        (Some(job), Some(test), _) if test.measured_at_ms > job.measured_at_ms => Basis::TestFrame(measured(test)),
        (Some(job), ..) => Basis::EarlierFrames(measured(job)),
        (None, Some(test), _) => Basis::TestFrame(measured(test)),
        (None, None, 0) => Basis::Guess,
        (None, None, score) => Basis::Benchmark(score),
    };
    let score = if score == 0 { speed::GUESSED_SCORE } else { score };
    Ok((basis, score))
}

/// When the file was last written, in milliseconds since 1970; 0 when the system does not say.
pub(crate) fn modified_ms(path: &Path) -> i64 {
    std::fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}
