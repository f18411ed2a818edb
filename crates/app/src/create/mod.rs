//! From a `.blend` to a paid job.
//!
//! Invariants: nothing is packed, sent or paid while a problem blocks; the scene on the disk is only read; a draft is
//! paid at most once, however often the program is killed.

mod direct;
pub mod estimate;
mod facts;
mod pieces;
pub mod post;
pub mod preflight;
mod price;
pub mod problems;
mod recent;
mod refusals;
mod request;
mod sample;
mod scene;
mod search;
mod speed;
mod test_frame;

pub use direct::{DirectPosting, PostedDirectly, post_directly};
pub use estimate::estimate;
pub use post::{Drafts, cancel_draft, post_job, quote_job, resume_drafts};
pub use preflight::{Asked, Looked, check_packed, look_at};
pub use recent::{forget_recent, recent_files};
pub use refusals::{no_space, no_space_at, of_blend, of_io, of_pack};
pub use sample::sample_scene;
pub use search::{search, search_missing};
pub use test_frame::{Timing, render_test_frame, time_scene};

use crate::{
    Context,
    view::{CommandError, Located, SceneView},
};
use std::{path::Path, sync::Arc, time::Instant};

/// The report of a `.blend`: problems, facts, files and settings to begin with. An empty `scene` is the active one.
pub async fn inspect_scene(
    ctx: &Arc<Context>,
    path: String,
    scene: String,
    located: Vec<Located>,
) -> Result<SceneView, CommandError> {
    let began = Instant::now();
    let path = std::path::absolute(Path::new(&path)).unwrap_or_else(|_| path.clone().into());
    // The network is asked meanwhile. Nobody waits for a Blender that has not answered yet: `AppEvent::Provider` tells when
    // it has, and then this is asked again.
    let (report, around) = tokio::join!(
        async {
            let report = scene::read(&path, scene::trace_options(&scene, &located)).await;
            (report, began.elapsed().as_secs_f64())
        },
        estimate::surroundings_by_now(ctx)
    );
    let (report, seconds) = report;
    let view = facts::scene_view(&report?, &scene, seconds, &around)?;
    recent::remember(ctx, view.path.clone()).await?;
    Ok(view)
}
