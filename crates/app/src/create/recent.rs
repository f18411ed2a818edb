//! What was opened lately.

use crate::{
    Context,
    db::recent_files,
    jobs::text::moment,
    view::{CommandError, RecentFile},
};
use std::{path::Path, sync::Arc};

/// Newest first. Files that are gone are listed and marked: their folder may only be unplugged.
pub async fn recent_files(ctx: &Arc<Context>) -> Result<Vec<RecentFile>, CommandError> {
    let files = ctx
        .db
        .call(|conn| {
            let rows = recent_files::all(conn)?;
            Ok(rows
                .into_iter()
                .map(|row| recent(&row.path, row.opened_at_ms))
                .collect())
        })
        .await?;
    Ok(files)
}

fn recent(path: &str, opened_at_ms: i64) -> RecentFile {
    let file = Path::new(path);
    let text =
        |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_default();
    RecentFile {
        path: path.to_owned(),
        name: text(file.file_name()),
        folder: text(file.parent().map(Path::as_os_str)),
        opened_at: moment(opened_at_ms),
        exists: file.is_file(),
    }
}

pub async fn forget_recent(ctx: &Arc<Context>, path: String) -> Result<(), CommandError> {
    Ok(ctx.db.call(move |conn| Ok(recent_files::forget(conn, &path)?)).await?)
}

pub(super) async fn remember(ctx: &Arc<Context>, path: String) -> Result<(), CommandError> {
    let now = ctx.clock.now().0;
    Ok(ctx
        .db
        .call(move |conn| Ok(recent_files::touch(conn, &path, now)?))
        .await?)
}
