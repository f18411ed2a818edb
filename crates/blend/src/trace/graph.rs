use std::collections::{HashMap, HashSet};

use crate::read::{BlendFile, Pointer, PointerField, Struct};

/// Pointers that lead back to whoever uses a datablock, or to its neighbours in the main lists: nothing is needed
/// because of them. (struct, field)
const BACKWARDS: &[(&str, &str)] = &[
    ("ID", "next"),
    ("ID", "prev"),
    ("ID", "newid"),
    ("ID", "lib"),
    ("ID", "orig_id"),
    ("ID", "library_weak_reference"),
    ("CollectionParent", "collection"),
    ("ImageUser", "scene"),
    ("Object", "proxy_from"),
    ("Library", "parent"),
];

/// Datablocks that belong to the editor and never show in a render: brushes, palettes, screens, windows...
const EDITOR_ONLY: &[&[u8; 2]] = &[b"BR", b"PL", b"PC", b"SR", b"SN", b"WM", b"WS"];

/// Structs of the editor's state within scenes.
const EDITOR_STRUCTS: &[&str] = &["ToolSettings", "Paint", "ImagePaintSettings", "ParticleEditSettings"];

/// Which datablocks of one file refer to which.
pub(crate) struct Graph {
    /// (block of a datablock, block of one that it refers to), sorted.
    uses: Vec<(u32, u32)>,
    /// The same the other way round.
    users: Vec<(u32, u32)>,
}

impl Graph {
    pub fn of(file: &BlendFile) -> Self {
        let mut edges = Edges {
            file,
            found: Vec::new(),
            arrays: HashSet::new(),
        };
        // Of each field, once it is met: whether it counts.
        let mut counts: HashMap<(u32, u32), bool> = HashMap::new();
        for pointer in &file.gathered().pointers {
            let place = pointer.field.place();
            if *counts.entry(place).or_insert_with(|| does_count(file, pointer.field)) {
                edges.add_pointer(pointer);
            }
        }
        let mut uses = edges.found;
        uses.sort_unstable();
        uses.dedup();
        let mut users: Vec<(u32, u32)> = uses.iter().map(|(from, to)| (*to, *from)).collect();
        users.sort_unstable();
        Self { uses, users }
    }

    /// Everything that the given datablocks need, themselves included.
    pub fn reach(&self, roots: impl IntoIterator<Item = u32>) -> HashSet<u32> {
        let mut found: HashSet<u32> = roots.into_iter().collect();
        let mut open: Vec<u32> = found.iter().copied().collect();
        while let Some(next) = open.pop() {
            for target in beside(&self.uses, next) {
                if found.insert(target) {
                    open.push(target);
                }
            }
        }
        found
    }

    /// The datablocks that refer directly to this one, in the order of the file.
    pub fn users(&self, of: u32) -> impl Iterator<Item = u32> {
        beside(&self.users, of)
    }
}

/// What stands beside `key` in sorted pairs.
fn beside(pairs: &[(u32, u32)], key: u32) -> impl Iterator<Item = u32> {
    let start = pairs.partition_point(|(known, _)| *known < key);
    let rest = pairs.get(start..).unwrap_or_default();
    rest.iter()
        .take_while(move |(known, _)| *known == key)
        .map(|(_, other)| *other)
}

fn does_count(file: &BlendFile, pointer: PointerField) -> bool {
    let dna = file.dna();
    let owner = dna.name_of(pointer.declared_in);
    let place = (owner, dna.field_name(pointer));
    !EDITOR_STRUCTS.contains(&owner) && !BACKWARDS.contains(&place)
}

struct Edges<'a> {
    file: &'a BlendFile,
    found: Vec<(u32, u32)>,
    /// Arrays of pointers that were looked through.
    arrays: HashSet<u32>,
}

impl Edges<'_> {
    fn add_pointer(&mut self, pointer: &Pointer) {
        let owner = self.file.block(pointer.from).map(|block| block.owner);
        let target = self.file.find(pointer.address, pointer.from);
        let Some((owner, target)) = owner.zip(target) else {
            return;
        };
        self.add(owner, target);
        if pointer.field.stars > 1 {
            self.add_array(owner, target);
        }
    }

    /// `**x`: the block is an array of pointers, written without a type.
    fn add_array(&mut self, owner: u32, array: u32) {
        let file = self.file;
        let Some(block) = file
            .block(array)
            .filter(|block| block.is_data() && block.owner == owner)
        else {
            return;
        };
        if !self.arrays.insert(array) {
            return;
        }
        let step = file.header().pointer_size as u64;
        for number in 0..block.len / step {
            let at = (block.offset + number * step) as usize;
            let target = file
                .header()
                .pointer(file.bytes(), at)
                .and_then(|address| file.find(address, array));
            if let Some(target) = target {
                self.add(owner, target);
            }
        }
    }

    fn add(&mut self, owner: u32, target: u32) {
        let Some(block) = self.file.block(target) else { return };
        if !block.is_id() || target == owner {
            return;
        }
        if EDITOR_ONLY.iter().any(|code| block.code.starts_with(&code[..])) {
            return;
        }
        if self.found.last() != Some(&(owner, target)) {
            self.found.push((owner, target));
        }
    }
}

/// The full name of a datablock, two letters of its kind first, such as `OBCube`.
pub(crate) fn full_name(item: Struct<'_>) -> Option<String> {
    let raw = item.raw_text("id.name").or_else(|| item.raw_text("name"))?;
    Some(String::from_utf8_lossy(raw.bytes).into_owned())
}
