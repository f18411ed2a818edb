//! A still that was rendered in pieces, as the one picture it is.

use super::{
    picture::original,
    save::{finished, format, put},
};
use crate::{Context, view::CommandError};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use veriframe_render::join::{JoinError, Joiner};
use veriframe_wire::{job::Job, pieces::Pieces};

/// Joins the pieces and writes the picture; where it went. An error while a piece is missing.
pub(super) async fn save(
    ctx: &Arc<Context>,
    job: &Job,
    pieces: &Pieces,
    folder: &Path,
) -> Result<PathBuf, CommandError> {
    let still = pieces.still(&job.summary);
    let there = finished(ctx, &job.id, Vec::new()).await?;
    if there.len() < still.count() as usize {
        return Err(CommandError::new(
            "invalid_state",
            format!(
                "The picture is not whole yet: {} of {} pieces are in.",
                there.len(),
                still.count()
            ),
            "It is joined and saved when the last piece is in.",
        ));
    }
    let format = format(job.render.format);
    let mut joiner = Joiner::new(still, format);
    // One after the other: only one piece is in memory beside the picture.
    for (number, cid) in there {
        let bytes = original(ctx, &cid).await?;
        joiner = join(move || joiner.add(number, &bytes).map(|()| joiner)).await?;
    }
    let bytes = join(move || joiner.finish()).await?;
    let path = folder.join(format.file_name(pieces.frame));
    put(path.clone(), bytes).await?;
    Ok(path)
}

async fn join<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JoinError> + Send + 'static,
) -> Result<T, CommandError> {
    let joined = tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| CommandError::internal(&error))?;
    joined.map_err(|error| {
        CommandError::new(
            "corrupt",
            format!("The pieces cannot be joined: {error}."),
            "Render the piece again.",
        )
    })
}
