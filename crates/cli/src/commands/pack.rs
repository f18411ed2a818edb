//! A self-contained copy of a scene in a folder.

use crate::{args::Pack, exit::Failure, output};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    io::IsTerminal as _,
    path::{Path, PathBuf},
};
use veriframe_app::{create, jobs::text};
use veriframe_blend::{PackOptions, PackProgress, Packed, Scenes, TraceOptions};

#[derive(Serialize)]
struct Answer<'a> {
    folder: &'a Path,
    /// The scene, relative to `folder`.
    entry: &'a str,
    files: u32,
    bytes: u64,
    /// Stored paths of what was left out.
    missing: &'a [String],
}

pub fn run(args: &Pack) -> Result<(), Failure> {
    let (scene, folder) = (std::path::absolute(&args.file)?, std::path::absolute(&args.out)?);
    let options = PackOptions {
        trace: TraceOptions {
            located: located(&scene, args.search.as_deref())?,
            scenes: scenes(&args.scene),
        },
        ignore_missing: args.ignore_missing,
        compress: args.compress,
    };
    let bar = bar(args.output.json);
    let mut tell = |now: PackProgress| {
        bar.set_length(now.bytes_total);
        bar.set_position(now.bytes_done);
    };
    // An interrupt ends the program: what it had written stays in a folder that was empty before.
    let packed = veriframe_blend::pack(&scene, &folder, &options, &mut tell, &|| false)
        .map_err(|error| Failure::from(create::of_pack(&scene, &error)))?;
    bar.finish_and_clear();
    tell_packed(&packed, &folder, args.output.json)
}

/// All scenes when none is named.
pub fn scenes(names: &[String]) -> Scenes {
    if names.is_empty() {
        Scenes::All
    } else {
        Scenes::Named(names.to_vec())
    }
}

fn located(scene: &Path, search: Option<&Path>) -> Result<BTreeMap<String, PathBuf>, Failure> {
    let Some(folder) = search else {
        return Ok(BTreeMap::new());
    };
    let report = veriframe_blend::inspect(scene, &TraceOptions::default())
        .map_err(|error| Failure::from(create::of_blend(scene, &error)))?;
    let found = create::search(&report, &std::path::absolute(folder)?)?;
    Ok(found
        .into_iter()
        .map(|file| (file.stored_path, PathBuf::from(file.actual)))
        .collect())
}

fn bar(json: bool) -> ProgressBar {
    if json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("Packing {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn tell_packed(packed: &Packed, folder: &Path, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(&Answer {
            folder,
            entry: &packed.entry,
            files: packed.files,
            bytes: packed.bytes,
            missing: &packed.missing,
        });
    }
    for path in &packed.missing {
        eprintln!("Left out, because it is missing: {path}");
    }
    output::line(&format!(
        "{} in {}, {}",
        folder.join(&packed.entry).display(),
        text::count(u64::from(packed.files), "file", "files"),
        text::bytes(packed.bytes)
    ))
}
