//! Posting: packing, pinning, funding, open.
//!
//! The row of a draft is written before each stage's work, and the draft's id is the Idempotency-Key of the one request
//! that pays. So after a `kill -9` anywhere the work of the interrupted stage is done again, and a request whose answer
//! was lost is answered again instead of paid again.

mod cancel;
mod claim;
mod drafts;
mod run;
mod stored;

pub use cancel::cancel_draft;
pub use drafts::Drafts;

use super::{estimate, problems, request::request};
use crate::{
    Context,
    db::jobs::{self as table, DraftRow, DraftStage},
    settlement,
    store::project_of,
    view::{CommandError, JobSettings, QuoteView},
};
use std::{path::Path, sync::Arc};
pub use stored::StoredSettings;
use veriframe_blend::Packed;
use veriframe_core::Amount;
use veriframe_wire::Money;

/// Ids of drafts begin with this.
pub(crate) const DRAFT_PREFIX: &str = "draft-";

/// Begins to post a job and returns its id at once; how it goes on arrives as `AppEvent::Job`.
///
/// Whatever would waste money is refused here, before anything is packed or paid.
///
/// `fee_most` is what [`quote_job`] said and somebody agreed to; empty where nothing is signed.
pub async fn post_job(ctx: &Arc<Context>, settings: JobSettings, fee_most: String) -> Result<String, CommandError> {
    ctx.timing.end();
    let plan = estimate::plan(ctx, &settings).await?;
    refuse_blocked(&plan)?;
    if settlement::money(ctx).await? == Money::Strk && fee_most.is_empty() {
        return Err(CommandError::new(
            "invalid_settings",
            "This job is paid in STRK, and nobody agreed to the network's fee.",
            "Ask for the price first.",
        ));
    }
    let id = format!("{DRAFT_PREFIX}{}", uuid::Uuid::now_v7());
    let encrypts = !settings.plain && crate::settings::present(ctx).await?.encrypt_scenes;
    let project = if encrypts {
        project_of(settings.path.as_ref())
    } else {
        String::new()
    };
    let (price, cap) = if plan.is_paid {
        (plan.price_per_unit, plan.cap)
    } else {
        (Amount::ZERO, Amount::ZERO)
    };
    let stored = StoredSettings::new(settings, project, price, cap)
        .in_pieces(plan.cut)
        .with_fees(fee_most);
    let row = DraftRow {
        id: id.clone(),
        name: super::facts::job_name(Path::new(&stored.settings.path)),
        stage: DraftStage::Packing,
        settings: stored.to_json()?,
        request: None,
        job: None,
        note: String::new(),
        code: String::new(),
        coordinator: coordinator(ctx),
        created_at_ms: ctx.clock.now().0,
        packed_ms: None,
        pinned_ms: None,
        funded_ms: None,
        bytes: 0,
        files: 0,
    };
    let inserted = row.clone();
    ctx.db
        .call(move |conn| Ok(table::insert_draft(conn, &inserted)?))
        .await?;
    run::start(ctx, row);
    Ok(id)
}

/// What paying for the job would take from the wallet. Nothing is packed, signed or paid.
pub async fn quote_job(ctx: &Arc<Context>, settings: JobSettings) -> Result<QuoteView, CommandError> {
    let plan = estimate::plan(ctx, &settings).await?;
    refuse_blocked(&plan)?;
    let (money, balance) = settlement::balance(ctx).await?;
    if money != Money::Strk {
        return Ok(QuoteView {
            unit: money.unit().to_owned(),
            spends: plan.cap.to_string(),
            fee_most: "0".to_owned(),
            deploys: false,
            balance: balance.to_string(),
        });
    }
    let entry = Path::new(&settings.path)
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let packed = Packed {
        entry,
        bytes: plan.report.bytes,
        files: u32::try_from(plan.report.dependencies.len()).unwrap_or(u32::MAX),
        missing: Vec::new(),
    };
    let request = request(
        &plan.report,
        &plan.scene,
        &plan.settings,
        &packed,
        plan.price_per_unit,
        plan.cap,
        plan.cut,
    );
    settlement::quote_job(ctx, &request).await
}

/// Goes on with what an earlier run of the program left unfinished. Drafts that another program on this home works on
/// are left to it.
pub async fn resume_drafts(ctx: &Arc<Context>) -> Result<(), CommandError> {
    let drafts = ctx.db.call(|conn| Ok(table::all_drafts(conn)?)).await?;
    let here = coordinator(ctx);
    for draft in drafts {
        if draft.stage.is_unfinished() && draft.coordinator == here {
            tracing::info!(draft = %draft.id, stage = ?draft.stage, "going on with a draft");
            run::start(ctx, draft);
        }
    }
    Ok(())
}

/// Where the money is: the embedded coordinator gets another port at each start.
fn coordinator(ctx: &Context) -> String {
    if ctx.is_embedded {
        "embedded".to_owned()
    } else {
        ctx.api.base().to_owned()
    }
}

/// A problem as the refusal of a post.
fn refuse_blocked(plan: &estimate::Plan) -> Result<(), CommandError> {
    refuse_problems(&plan.problems)?;
    plan.money.clone().map_or(Ok(()), Err)
}

/// As [`refuse_blocked`], whatever the account of local credits says.
pub(super) fn refuse_problems(all: &[crate::view::Problem]) -> Result<(), CommandError> {
    if let Some(problem) = problems::blocking(all) {
        let code = match problem.id.as_str() {
            "no_camera" => "no_camera",
            "no_blender" => "no_blender",
            "newer_file" | "engine" => "not_eligible",
            "denoiser" => "no_denoiser",
            "missing_libraries" | "missing_textures" | "missing_files" => "missing_files",
            _ => "invalid_settings",
        };
        let hint = format!("{} Nothing was posted.", problem.detail);
        return Err(CommandError::new(code, format!("{}.", problem.title), hint));
    }
    Ok(())
}
