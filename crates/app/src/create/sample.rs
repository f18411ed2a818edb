//! The sample scene for the very first start.

use crate::{Context, view::CommandError};
use std::{path::Path, sync::Arc};

const SAMPLE: &[u8] = include_bytes!("../../../../examples/first-frame.blend");
const NAME: &str = "First frame.blend";

/// Path of the sample, written on demand into the home.
pub async fn sample_scene(ctx: &Arc<Context>) -> Result<String, CommandError> {
    let folder = ctx.home.samples();
    let path = folder.join(NAME);
    let written = path.clone();
    tokio::task::spawn_blocking(move || write(&folder, &written))
        .await
        .map_err(|error| CommandError::internal(&error))?
        .map_err(|error| {
            if super::refusals::no_space(&error) {
                super::refusals::no_space_at(&path)
            } else {
                CommandError::new("unreadable", format!("The sample cannot be written: {error}."), "")
            }
        })?;
    Ok(ctx.home.samples().join(NAME).to_string_lossy().into_owned())
}

/// An artist may have played with the sample and saved it: then it stays as it is.
fn write(folder: &Path, path: &Path) -> std::io::Result<()> {
    if path.is_file() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    std::io::Write::write_all(&mut file, SAMPLE)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}
