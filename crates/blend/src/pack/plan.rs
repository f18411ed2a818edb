use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::{
    PackOptions,
    layout::{Layout, join},
    rewrite::NewPath,
};
use crate::{
    PackError,
    read::BlendFile,
    report::DependencyKind,
    trace::{Place, Scenes, Set, Trace, TracedMention, canonical},
};

/// Everything that packing will do, before anything is written.
pub(super) struct Plan {
    /// The scene file in the pack.
    pub entry: String,
    /// `.blend` files to be rewritten, the scene's own first.
    pub blends: Vec<PlannedBlend>,
    /// Packed path and source of every other file.
    pub copies: Vec<(String, PathBuf)>,
    pub missing: Vec<String>,
}

pub(super) struct PlannedBlend {
    pub source: PathBuf,
    pub place: String,
    pub changes: Vec<(Place, NewPath)>,
}

pub(super) fn plan(main: &BlendFile, trace: Trace, options: &PackOptions) -> Result<Plan, PackError> {
    let missing = missing(&trace);
    let stops: Vec<String> = missing
        .iter()
        .filter(|(kind, _)| kind.shows_in_frames())
        .map(|(_, path)| path.clone())
        .collect();
    if !options.ignore_missing {
        if !stops.is_empty() {
            return Err(PackError::Missing { missing: stops });
        }
        if let Some((path, source)) = trace.unreadable.into_iter().next() {
            return Err(PackError::Library { path, source });
        }
    }
    let mut layout = Layout::new(main.path());
    let entry = layout.single(main.path());
    // Every file gets its place before any path is written: a library may be mentioned before it is laid out.
    let mut blends: Vec<PlannedBlend> = Vec::new();
    let mut places: HashMap<PathBuf, String> = HashMap::new();
    places.insert(canonical(main.path()), entry.clone());
    for traced in &trace.files {
        let source = canonical(&traced.path);
        let place = layout.single(&traced.path);
        places.insert(source, place);
    }
    for (number, traced) in trace.files.iter().enumerate() {
        let source = canonical(&traced.path);
        let place = places.get(&source).cloned().unwrap_or_default();
        let mut changes = Vec::new();
        for mention in &traced.mentions {
            // What nothing needs is carried from the scene's own file only, where somebody may look for it, and not when
            // scenes were chosen.
            let is_extra = number > 0 || options.trace.scenes != Scenes::All;
            if mention.mention.packed || (!mention.needed && is_extra) {
                continue;
            }
            if let Some(new) = change(&mut layout, mention, &place) {
                changes.push((mention.mention.place.clone(), new));
            }
        }
        blends.push(PlannedBlend {
            source: traced.path.clone(),
            place,
            changes,
        });
    }
    let copies = layout
        .copies
        .into_iter()
        .filter(|(_, source)| !places.contains_key(source))
        .collect();
    Ok(Plan {
        entry,
        blends,
        copies,
        missing: missing.into_iter().map(|(_, path)| path).collect(),
    })
}

fn missing(trace: &Trace) -> Vec<(DependencyKind, String)> {
    let mut found: Vec<(DependencyKind, String)> = Vec::new();
    for traced in trace.files.iter().flat_map(|file| &file.mentions) {
        if traced.needed && !traced.mention.packed && traced.is_missing() {
            let entry = (traced.mention.kind, traced.stored_text());
            if !found.contains(&entry) {
                found.push(entry);
            }
        }
    }
    found
}

/// Lays a mention's files out and tells what it is to say; `None` leaves it as it is.
fn change(layout: &mut Layout, traced: &TracedMention, blend: &str) -> Option<NewPath> {
    let there: Vec<PathBuf> = traced
        .members
        .iter()
        .filter(|member| member.bytes.is_some())
        .map(|member| member.path.clone())
        .collect();
    let first = there.first()?;
    let whole = |place: &str| Some(NewPath::Whole(relative(blend, place)));
    match &traced.mention.set {
        Set::Single => whole(&layout.single(first)),
        Set::Numbered | Set::Tiles(_) => {
            let (folder, name) = layout.set(&traced.resolved, &there, &traced.mention.set, &traced.stored_text());
            whole(&join(&folder, &name))
        }
        // Names are written in a row: with one left out, the others would move up.
        Set::Names(names) if names.len() != there.len() => None,
        Set::Names(_) => {
            let (folder, names) = layout.names(&there);
            Some(NewPath::Split {
                folder: relative(blend, &folder),
                names,
            })
        }
        Set::Folder(_) if *first == traced.resolved => whole(&layout.single(first)),
        Set::Folder(_) => whole(&layout.folder(&traced.resolved, &there)),
        Set::CacheBeside => {
            let (folder, name) = blend.rsplit_once('/').unwrap_or(("", blend));
            let stem = Path::new(name).file_stem()?.to_string_lossy().into_owned();
            layout.folder_at(&join(folder, &format!("blendcache_{stem}")), &traced.resolved, &there);
            None
        }
    }
}

/// The path from a `.blend` file in the pack to another file there, as Blender stores it.
fn relative(blend: &str, place: &str) -> String {
    let from: Vec<&str> = blend.split('/').collect();
    let from = from.get(..from.len().saturating_sub(1)).unwrap_or_default();
    let to: Vec<&str> = place.split('/').filter(|part| !part.is_empty()).collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut path = String::from("//");
    path.push_str(&"../".repeat(from.len() - shared));
    path.push_str(&to.get(shared..).unwrap_or_default().join("/"));
    path
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn paths_lead_from_one_packed_file_to_another() {
        assert_eq!(relative("scene.blend", "tex/a.png"), "//tex/a.png");
        assert_eq!(relative("outside/1/lib.blend", "tex/a.png"), "//../../tex/a.png");
        assert_eq!(relative("outside/1/lib.blend", "outside/1/tex/a.png"), "//tex/a.png");
        assert_eq!(relative("outside/1/lib.blend", "outside/2"), "//../2");
        assert_eq!(relative("scene.blend", ""), "//");
    }
}
