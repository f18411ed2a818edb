use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::names::{numbered, safe_head, safe_name, safe_path, safe_tail};
use crate::trace::{Set, canonical, number_in, tile_token};

/// Longest path in the packed folder in bytes. Windows allows 260 for the whole path, and the folder stands somewhere.
const MAX_PATH: usize = 160;

/// Which file goes where. Files keep their place relative to the scene when they are below its folder; those of
/// every other folder go to `outside/1`, `outside/2`... with the folders below it kept.
pub(super) struct Layout {
    /// Original folder, and where it stands in the pack (`""` for its top).
    homes: Vec<(PathBuf, String)>,
    /// Packed path in lower case, and the file that stands there: names that differ only in case are one to Windows.
    taken: HashMap<String, PathBuf>,
    /// Where a file went first.
    placed: HashMap<PathBuf, String>,
    outside: u32,
    /// Packed path and source, in the order of first mention.
    pub copies: Vec<(String, PathBuf)>,
}

impl Layout {
    pub fn new(main: &Path) -> Self {
        let folder = main.parent().unwrap_or(Path::new(""));
        let mut homes = vec![(folder.to_owned(), String::new())];
        let real = canonical(folder);
        if real != folder {
            homes.push((real, String::new()));
        }
        Self {
            homes,
            taken: HashMap::new(),
            placed: HashMap::new(),
            outside: 0,
            copies: Vec::new(),
        }
    }

    /// Where one file goes.
    pub fn single(&mut self, path: &Path) -> String {
        let source = canonical(path);
        if let Some(known) = self.placed.get(&source) {
            return known.clone();
        }
        let folder = self.folder_of(path);
        let name = safe_name(&file_name(path));
        let mut place = join(&folder, &name);
        let mut number = 2;
        while !self.is_free(&place, &source) {
            place = join(&folder, &numbered(&name, number));
            number += 1;
        }
        self.take(&place, source);
        place
    }

    /// Where a set of files goes that share a folder and differ in a number: their new folder, and the name that
    /// stands for all of them.
    pub fn set(&mut self, resolved: &Path, members: &[PathBuf], set: &Set, stored: &str) -> (String, String) {
        let folder = self.folder_of(resolved);
        let name = |path: &Path| set_name(path, set);
        let fits = |layout: &Self, folder: &str| {
            members
                .iter()
                .all(|path| layout.is_free(&join(folder, &name(path)), &canonical(path)))
        };
        let folder = if fits(self, &folder) { folder } else { self.fresh() };
        for path in members {
            self.take(&join(&folder, &name(path)), canonical(path));
        }
        (folder, pattern(resolved, set, stored))
    }

    /// Where files go that are named one by one but share a folder: the folder, and their new names.
    pub fn names(&mut self, members: &[PathBuf]) -> (String, Vec<String>) {
        let folder = members.first().map(|first| self.folder_of(first)).unwrap_or_default();
        let names: Vec<String> = members.iter().map(|path| safe_name(&file_name(path))).collect();
        let one_folder = members.windows(2).all(|pair| match pair {
            [a, b] => a.parent() == b.parent(),
            _ => true,
        });
        let pairs = || members.iter().zip(&names);
        let free = pairs().all(|(path, name)| self.is_free(&join(&folder, name), &canonical(path)));
        if one_folder && free {
            for (path, name) in members.iter().zip(&names) {
                self.take(&join(&folder, name), canonical(path));
            }
            return (folder, names);
        }
        let folder = self.fresh();
        let mut given = Vec::new();
        for (path, name) in members.iter().zip(&names) {
            let source = canonical(path);
            let mut own = name.clone();
            let mut number = 2;
            while !self.is_free(&join(&folder, &own), &source) {
                own = numbered(name, number);
                number += 1;
            }
            self.take(&join(&folder, &own), source);
            given.push(own);
        }
        (folder, given)
    }

    /// Where a whole folder goes.
    pub fn folder(&mut self, root: &Path, members: &[PathBuf]) -> String {
        // As if the folder were a file: its own name is kept.
        let parent = self.folder_of(root);
        let wanted = join(&parent, &safe_name(&file_name(root)));
        let place = |base: &str, path: &Path| join(base, &safe_path(path.strip_prefix(root).unwrap_or(path)));
        let free = members
            .iter()
            .all(|path| self.is_free(&place(&wanted, path), &canonical(path)));
        let base = if free {
            wanted
        } else {
            join(&self.fresh(), &safe_name(&file_name(root)))
        };
        for path in members {
            self.take(&place(&base, path), canonical(path));
        }
        base
    }

    /// Puts a folder's files below a place that is given by something else.
    pub fn folder_at(&mut self, base: &str, root: &Path, members: &[PathBuf]) {
        for path in members {
            let place = join(base, &safe_path(path.strip_prefix(root).unwrap_or(path)));
            let source = canonical(path);
            if self.is_free(&place, &source) {
                self.take(&place, source);
            }
        }
    }

    /// Where the folder of a file stands in the pack. A folder seen for the first time gets a place of its own.
    fn folder_of(&mut self, path: &Path) -> String {
        let folder = path.parent().unwrap_or(Path::new(""));
        let by_link = self.known_home(folder);
        let home = by_link.or_else(|| {
            let real = canonical(path);
            self.known_home(real.parent()?)
        });
        if let Some(place) = home.filter(|place| place.len() + file_name(path).len() < MAX_PATH) {
            return place;
        }
        let fresh = self.fresh();
        self.homes.push((folder.to_owned(), fresh.clone()));
        fresh
    }

    fn known_home(&self, folder: &Path) -> Option<String> {
        self.homes
            .iter()
            .filter_map(|(home, place)| Some((home, place, folder.strip_prefix(home).ok()?)))
            .max_by_key(|(home, _, _)| home.components().count())
            .map(|(_, place, below)| join(place, &safe_path(below)))
    }

    fn fresh(&mut self) -> String {
        loop {
            self.outside += 1;
            let folder = format!("outside/{}", self.outside);
            let below = format!("{folder}/");
            if !self.taken.keys().any(|taken| taken.starts_with(&below)) {
                return folder;
            }
        }
    }

    fn is_free(&self, place: &str, source: &Path) -> bool {
        self.taken
            .get(&place.to_lowercase())
            .is_none_or(|holder| holder == source)
    }

    fn take(&mut self, place: &str, source: PathBuf) {
        if self.taken.insert(place.to_lowercase(), source.clone()).is_none() {
            self.placed.entry(source.clone()).or_insert_with(|| place.to_owned());
            self.copies.push((place.to_owned(), source));
        }
    }
}

pub(super) fn join(folder: &str, name: &str) -> String {
    match (folder.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => folder.to_owned(),
        _ => format!("{folder}/{name}"),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The safe name of one member of a set.
fn set_name(path: &Path, set: &Set) -> String {
    let name = file_name(path);
    let split = match set {
        Set::Tiles(_) => tile_token(&name, 1001).map(|(start, end, _)| (start, end)),
        _ => number_in(path).map(|(head, number, _)| (head.len(), head.len() + number.len())),
    };
    match split {
        Some((start, end)) => around(&name, start, end, name.get(start..end).unwrap_or_default()),
        None => safe_name(&name),
    }
}

/// The name that stands for a set, as Blender wants it stored.
fn pattern(resolved: &Path, set: &Set, stored: &str) -> String {
    let name = file_name(resolved);
    if !matches!(set, Set::Tiles(_)) {
        return set_name(resolved, set);
    }
    let token = ["<UDIM>", "<UVTILE>"].into_iter().find(|token| stored.contains(token));
    match tile_token(&name, 1001) {
        Some((start, end, number)) => around(&name, start, end, token.unwrap_or(&number)),
        None => safe_name(&name),
    }
}

fn around(name: &str, start: usize, end: usize, middle: &str) -> String {
    let head = safe_head(name.get(..start).unwrap_or_default());
    let tail = safe_tail(name.get(end..).unwrap_or_default());
    format!("{head}{middle}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        Layout::new(Path::new("/nowhere/shot/scene.blend"))
    }

    #[test]
    fn keeps_what_is_below_the_scene_and_gathers_the_rest() {
        let mut layout = layout();
        assert_eq!(layout.single(Path::new("/nowhere/shot/tex/a.png")), "tex/a.png");
        assert_eq!(
            layout.single(Path::new("/nowhere/lib/tree.blend")),
            "outside/1/tree.blend"
        );
        assert_eq!(
            layout.single(Path::new("/nowhere/lib/tex/bark.png")),
            "outside/1/tex/bark.png"
        );
        assert_eq!(layout.single(Path::new("/nowhere/other/a.png")), "outside/2/a.png");
        assert_eq!(layout.single(Path::new("/nowhere/shot/tex/a.png")), "tex/a.png");
        assert_eq!(layout.copies.len(), 4);
    }

    #[test]
    fn names_that_differ_in_case_only_stay_apart() {
        let mut layout = layout();
        assert_eq!(layout.single(Path::new("/nowhere/shot/A.png")), "A.png");
        assert_eq!(layout.single(Path::new("/nowhere/shot/a.png")), "a_2.png");
        assert_eq!(layout.single(Path::new("/nowhere/shot/a?.png")), "a_.png");
        assert_eq!(layout.single(Path::new("/nowhere/shot/a*.png")), "a__2.png");
    }

    #[test]
    fn a_sequence_stays_together() {
        let mut layout = layout();
        assert_eq!(layout.single(Path::new("/nowhere/shot/S/Img_2.png")), "S/Img_2.png");
        let members = ["/nowhere/shot/s/img_1.png", "/nowhere/shot/s/img_2.png"].map(PathBuf::from);
        let placed = layout.set(&members[0], &members, &Set::Numbered, "//s/img_1.png");
        assert_eq!(placed, ("outside/1".to_owned(), "img_1.png".to_owned()));
        let tiles = ["/nowhere/shot/t/<x>.1001.png", "/nowhere/shot/t/<x>.1002.png"].map(PathBuf::from);
        let set = Set::Tiles(vec![1001, 1002]);
        let placed = layout.set(
            Path::new("/nowhere/shot/t/<x>.<UDIM>.png"),
            &tiles,
            &set,
            "//t/<x>.<UDIM>.png",
        );
        assert_eq!(placed, ("t".to_owned(), "_x_.<UDIM>.png".to_owned()));
    }

    #[test]
    fn long_paths_are_made_short() {
        let mut layout = layout();
        let deep = format!("/nowhere/shot/{}/a.png", ["longfoldername"; 20].join("/"));
        assert_eq!(layout.single(Path::new(&deep)), "outside/1/a.png");
    }
}
