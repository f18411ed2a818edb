//! A self-contained copy of a scene in a folder.

use super::progress;
use crate::{
    args::Pack,
    exit::{Exit, Failure},
    output,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use veriframe_app::{
    create::{self, Asked, Looked},
    jobs::text,
};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    looked: Option<&'a Looked>,
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
    let bar = progress::bytes("Packing", args.output.json);
    let mut tell = |now: PackProgress| {
        bar.set_length(now.bytes_total);
        bar.set_position(now.bytes_done);
    };
    // An interrupt ends the program: what it had written stays in a folder that was empty before.
    let mut packed = veriframe_blend::pack(&scene, &folder, &options, &mut tell, &|| false)
        .map_err(|error| Failure::from(create::of_pack(&scene, &error)))?;
    bar.finish_and_clear();
    let looked = look(args, &scene, &folder, &mut packed)?;
    tell_packed(&packed, looked.as_ref(), &folder, args.output.json)?;
    match looked.filter(|looked| !looked.findings.is_empty() || looked.differs()) {
        Some(looked) => Err(Failure::new(
            Exit::BadInput,
            "preflight",
            if looked.findings.is_empty() {
                "The copy does not render as the original does.".to_owned()
            } else {
                looked.findings
            },
            "The folder stays, to be looked at.",
        )),
        None => Ok(()),
    }
}

/// Lets a Blender look at the copy, when that is asked for.
fn look(args: &Pack, scene: &Path, folder: &Path, packed: &mut Packed) -> Result<Option<Looked>, Failure> {
    let asked = Asked {
        bake: args.bake,
        check: args.check,
        compare: args.compare,
    };
    if !(asked.bake || asked.check || asked.compare) {
        return Ok(None);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let name = args.scene.first().map_or("", String::as_str);
    let looked = runtime.block_on(create::look_at(scene, folder, packed, name, asked))?;
    Ok(Some(looked))
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

fn tell_packed(packed: &Packed, looked: Option<&Looked>, folder: &Path, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(&Answer {
            folder,
            entry: &packed.entry,
            files: packed.files,
            bytes: packed.bytes,
            missing: &packed.missing,
            looked,
        });
    }
    for path in &packed.missing {
        output::note(&format!("Left out, because it is missing: {path}"));
    }
    output::line(&format!(
        "{} in {}, {}",
        folder.join(&packed.entry).display(),
        text::count(u64::from(packed.files), "file", "files"),
        text::bytes(packed.bytes)
    ))?;
    let Some(looked) = looked else { return Ok(()) };
    if looked.findings.is_empty() && looked.equal != Some(false) {
        output::line(&format!(
            "Blender {} opened it{}{}",
            looked.blender,
            if looked.baked { ", simulations baked" } else { "" },
            if looked.equal == Some(true) {
                ", a small frame has the very pixels of the original's"
            } else {
                ""
            }
        ))?;
    }
    if let (Some(false), Some(differing)) = (looked.equal, looked.differing) {
        output::line(&format!(
            "{:.2} % of the pixels of a small frame differ visibly from the original's",
            differing * 100.0
        ))?;
    }
    Ok(())
}
