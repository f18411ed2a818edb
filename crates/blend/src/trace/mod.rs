//! Finds the files that a scene refers to, through libraries and their libraries.

mod graph;
mod members;
mod mention;
mod mentions;
mod names;
mod private;
mod resolve;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    path::{Path, PathBuf},
};

use graph::{Graph, full_name};
pub(crate) use members::{Member, members, number_in, tile_token};
pub(crate) use mention::{Mention, Place, Set, Spot};
use private::Private;
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
    /// Some of it is there and is not carried: see `private`.
    pub refused: bool,
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
            Set::Folder(_) | Set::CacheBeside => false,
        }
    }
}

/// What to look for, and where.
#[derive(Debug, Clone, Default)]
pub struct TraceOptions {
    /// Paths as stored in the file, and the files that stand for them: missing ones that were found by hand.
    pub located: BTreeMap<String, PathBuf>,
    pub scenes: Scenes,
}

/// Scenes of a file, for what they need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Scenes {
    #[default]
    All,
    /// The one that Blender renders when none is named.
    Active,
    Named(Vec<String>),
}

pub(crate) fn trace(main: &BlendFile, options: &TraceOptions) -> Result<Trace, BlendError> {
    let mut tracer = Tracer {
        located: &options.located,
        private: Private::of(main.folder()),
        on_disk: HashMap::new(),
        open: VecDeque::new(),
    };
    let mut done = vec![tracer.file(main, &scenes(main, &options.scenes)?)?];
    let mut unreadable = Vec::new();
    // Of each library: where its trace stands, and what it was asked for.
    let mut asked: HashMap<PathBuf, (usize, BTreeSet<String>)> = HashMap::new();
    let own = canonical(main.path());
    while let Some((path, names)) = tracer.open.pop_front() {
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
        let traced = BlendFile::open(&path).and_then(|file| {
            let traced = tracer.file(&file, &named(&file, &wanted))?;
            file.came_to_an_end()?;
            Ok(traced)
        });
        match traced {
            Ok(traced) => {
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
    main.came_to_an_end()?;
    Ok(Trace {
        files: done,
        unreadable,
    })
}

/// The one identity of a file, whatever way leads to it.
pub(crate) fn canonical(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The blocks of the chosen scenes.
fn scenes(file: &BlendFile, chosen: &Scenes) -> Result<Vec<u32>, BlendError> {
    let known: Vec<(u32, String)> = file
        .ids("SC")
        .map(|scene| (scene.block(), scene.id_name().unwrap_or_default()))
        .collect();
    let names = match chosen {
        Scenes::Active => {
            let active = file.active_scene().map(|scene| scene.block());
            return Ok(active.into_iter().collect());
        }
        Scenes::All => &[][..],
        Scenes::Named(names) => names,
    };
    if let Some(unknown) = names.iter().find(|name| !known.iter().any(|(_, known)| known == *name)) {
        return Err(BlendError::NoSuchScene {
            name: unknown.clone(),
            known: known.into_iter().map(|(_, name)| name).collect(),
        });
    }
    let chosen = known
        .into_iter()
        .filter(|(_, name)| names.is_empty() || names.contains(name));
    Ok(chosen.map(|(block, _)| block).collect())
}

/// The blocks of datablocks by their full names, such as `OBpin`.
fn named(file: &BlendFile, names: &BTreeSet<String>) -> Vec<u32> {
    file.walk_ids()
        .filter(|(_, block)| !block.is_linked_placeholder())
        .filter_map(|(position, _)| Some((position, full_name(file.struct_at(position)?)?)))
        .filter(|(_, name)| names.contains(name))
        .map(|(position, _)| position)
        .collect()
}

struct Tracer<'a> {
    located: &'a BTreeMap<String, PathBuf>,
    private: Private,
    /// What was found for a path before, and whether some of it is not carried: a sequence may be named by hundreds of strips.
    on_disk: HashMap<(PathBuf, Set, Option<DependencyKind>), (Vec<Member>, bool)>,
    /// Libraries to be traced, and what is needed of each.
    open: VecDeque<(PathBuf, BTreeSet<String>)>,
}

impl Tracer<'_> {
    fn file(&mut self, file: &BlendFile, roots: &[u32]) -> Result<TracedFile, BlendError> {
        let graph = Graph::of(file);
        let reached = graph.reach(roots.iter().copied());
        let linked = linked_names(file, &reached);
        let mut traced = Vec::new();
        for mut mention in mentions::mentions(file)? {
            let of_library = linked.get(&mention.owner);
            let is_library = mention.kind == DependencyKind::Library;
            let needed = if is_library {
                of_library.is_some_and(|names| !names.is_empty())
            } else {
                reached.contains(&mention.owner)
            };
            let resolved = match self.located.get(&*String::from_utf8_lossy(&mention.stored)) {
                Some(found) => found.clone(),
                None => resolve(&mention.stored, file.folder()),
            };
            let (members, refused) = if mention.packed {
                (Vec::new(), false)
            } else {
                // What a person pointed to is theirs to give.
                let is_chosen = self.located.contains_key(&*String::from_utf8_lossy(&mention.stored));
                self.members(&resolved, &mention.set, (!is_chosen).then_some(mention.kind))
            };
            let found = members.iter().any(|member| member.bytes.is_some());
            if mention.kind == DependencyKind::Text && !found {
                mention.packed = true;
            }
            if is_library && needed && found {
                self.open
                    .push_back((resolved.clone(), of_library.cloned().unwrap_or_default()));
            }
            let used_by = names::users(file, &graph, &mention, &reached, MAX_USERS);
            traced.push(TracedMention {
                mention,
                needed,
                resolved,
                members,
                refused,
                used_by,
            });
        }
        Ok(TracedFile {
            path: file.path().to_owned(),
            mentions: traced,
        })
    }

    /// What is there, without what is no part of the scene, and whether there was such; of what has no `kind` all may be carried.
    fn members(&mut self, resolved: &Path, set: &Set, kind: Option<DependencyKind>) -> (Vec<Member>, bool) {
        let private = &self.private;
        self.on_disk
            .entry((resolved.to_owned(), set.clone(), kind))
            .or_insert_with(|| {
                let mut members = members(resolved, set);
                let mut refused = false;
                for member in members.iter_mut().filter(|member| member.bytes.is_some()) {
                    if kind.is_some_and(|kind| private.refuses(kind, &member.path)) {
                        member.bytes = None;
                        refused = true;
                    }
                }
                (members, refused)
            })
            .clone()
    }
}

/// From the block of each library to the full names of what is linked from it and needed. The stand-ins of a
/// library's datablocks follow it in the file.
fn linked_names(file: &BlendFile, reached: &HashSet<u32>) -> HashMap<u32, BTreeSet<String>> {
    let mut library = None;
    let mut linked: HashMap<u32, BTreeSet<String>> = HashMap::new();
    for (position, block) in file.walk_ids() {
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
