//! Finds the files that a scene refers to, through libraries and their libraries.

mod graph;
mod members;
mod mention;
mod mentions;
mod names;
mod resolve;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    path::{Path, PathBuf},
};

pub(crate) use graph::{Graph, full_name};
pub(crate) use members::{Member, members, number_in, tile_token};
pub(crate) use mention::{Mention, Place, Set, Spot};
pub(crate) use resolve::resolve;

use crate::{BlendError, read::BlendFile, report::DependencyKind};

/// More libraries than any production links; beyond, a trace stops growing.
const MAX_LIBRARIES: usize = 10_000;
/// Names of users given for one dependency.
const MAX_USERS: usize = 12;

/// All `.blend` files of a scene and what they mention.
pub(crate) struct Trace {
    /// The scene's own file first.
    pub files: Vec<TracedFile>,
    /// Libraries that are there but cannot be read.
    pub unreadable: Vec<(PathBuf, BlendError)>,
}

pub(crate) struct TracedFile {
    /// Absolute; symbolic links left alone.
    pub path: PathBuf,
    pub mentions: Vec<TracedMention>,
}

pub(crate) struct TracedMention {
    pub mention: Mention,
    /// Some scene needs it.
    pub needed: bool,
    pub resolved: PathBuf,
    pub members: Vec<Member>,
    pub used_by: Vec<String>,
}

impl TracedMention {
    /// The stored path as text: the key of `located`.
    pub fn stored_text(&self) -> String {
        String::from_utf8_lossy(&self.mention.stored).into_owned()
    }

    /// Nothing of it is there, or a part without which the rest does not make a picture.
    pub fn is_missing(&self) -> bool {
        match self.mention.set {
            Set::Single | Set::Tiles(_) | Set::Names(_) => self.members.iter().any(|member| member.bytes.is_none()),
            Set::Numbered => self.members.iter().all(|member| member.bytes.is_none()),
            // A cache that was never written is no missing file: the simulation runs without.
            Set::Folder | Set::CacheBeside => false,
        }
    }
}

/// What a library is asked for.
#[derive(Clone, PartialEq, Eq)]
enum Roots {
    /// The scene file itself: its scenes.
    Scenes,
    /// Full names of datablocks, such as `OBpin`.
    Names(BTreeSet<String>),
}

pub(crate) fn trace(main: &BlendFile, located: &BTreeMap<String, PathBuf>) -> Trace {
    let mut done: Vec<TracedFile> = Vec::new();
    let mut unreadable = Vec::new();
    let mut asked: HashMap<PathBuf, (usize, BTreeSet<String>)> = HashMap::new();
    let mut open: VecDeque<(PathBuf, BTreeSet<String>)> = VecDeque::new();
    let own = canonical(main.path());
    done.push(trace_file(main, &Roots::Scenes, located, &mut open));
    while let Some((path, names)) = open.pop_front() {
        let identity = canonical(&path);
        if identity == own {
            // A library that links back into the scene's file: all of that is traced already.
            continue;
        }
        let known = asked.get(&identity);
        let mut wanted = names;
        if let Some((_, before)) = known {
            if wanted.is_subset(before) {
                continue;
            }
            wanted.extend(before.iter().cloned());
        } else if asked.len() >= MAX_LIBRARIES {
            continue;
        }
        match BlendFile::open(&path) {
            Ok(file) => {
                let traced = trace_file(&file, &Roots::Names(wanted.clone()), located, &mut open);
                // Asked for more than the last time: the new trace replaces the old one.
                let slot = known.map(|(slot, _)| *slot).filter(|slot| *slot < done.len());
                let place = slot.unwrap_or(done.len());
                if let Some(old) = done.get_mut(place) {
                    *old = traced;
                } else {
                    done.push(traced);
                }
                asked.insert(identity, (place, wanted));
            }
            Err(error) => {
                asked.insert(identity, (usize::MAX, wanted));
                if !unreadable.iter().any(|(known, _)| *known == path) {
                    unreadable.push((path, error));
                }
            }
        }
    }
    Trace {
        files: done,
        unreadable,
    }
}

/// The one identity of a file, whatever way leads to it.
pub(crate) fn canonical(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn trace_file(
    file: &BlendFile,
    roots: &Roots,
    located: &BTreeMap<String, PathBuf>,
    open: &mut VecDeque<(PathBuf, BTreeSet<String>)>,
) -> TracedFile {
    let graph = Graph::of(file);
    let start: Vec<u32> = match roots {
        Roots::Scenes => file.ids("SC").map(|scene| scene.block()).collect(),
        Roots::Names(names) => datablocks(file)
            .filter(|item| full_name(*item).is_some_and(|name| names.contains(&name)))
            .map(|item| item.block())
            .collect(),
    };
    let reached = graph.reach(start);
    let linked = linked_names(file, &reached);
    let users = graph.users();
    let mut traced = Vec::new();
    for mention in mentions::mentions(file) {
        let needed = if mention.kind == DependencyKind::Library {
            linked.get(&mention.owner).is_some_and(|names| !names.is_empty())
        } else {
            reached.contains(&mention.owner)
        };
        let resolved = match located.get(&*String::from_utf8_lossy(&mention.stored)) {
            Some(found) => found.clone(),
            None => resolve(&mention.stored, file.folder()),
        };
        let members = if mention.packed {
            Vec::new()
        } else {
            members(&resolved, &mention.set)
        };
        if mention.kind == DependencyKind::Library && needed && !mention.packed {
            let names = linked.get(&mention.owner).cloned().unwrap_or_default();
            if members.iter().any(|member| member.bytes.is_some()) {
                open.push_back((resolved.clone(), names));
            }
        }
        let used_by = names::users(file, &users, &mention, &reached, MAX_USERS);
        traced.push(TracedMention {
            mention,
            needed,
            resolved,
            members,
            used_by,
        });
    }
    TracedFile {
        path: file.path().to_owned(),
        mentions: traced,
    }
}

fn datablocks(file: &BlendFile) -> impl Iterator<Item = crate::Struct<'_>> {
    file.blocks()
        .iter()
        .enumerate()
        .inspect(|(position, _)| file.walked_past(*position as u32))
        .filter(|(_, block)| block.is_id() && !block.is_linked_placeholder())
        .filter_map(|(position, _)| file.struct_at(position as u32))
}

/// From the block of each library to the full names of what is linked from it and needed. The stand-ins of a
/// library's datablocks follow it in the file.
fn linked_names(file: &BlendFile, reached: &BTreeSet<u32>) -> HashMap<u32, BTreeSet<String>> {
    let mut library = None;
    let mut linked: HashMap<u32, BTreeSet<String>> = HashMap::new();
    for (position, block) in file.blocks().iter().enumerate() {
        let position = position as u32;
        file.walked_past(position);
        if block.code.starts_with(b"LI") {
            library = Some(position);
        } else if block.is_linked_placeholder() && reached.contains(&position) {
            let item = file.struct_at(position);
            let owner = item.and_then(|item| item.target("lib")).or(library);
            if let (Some(owner), Some(name)) = (owner, item.and_then(full_name)) {
                linked.entry(owner).or_default().insert(name);
            }
        }
    }
    linked
}
