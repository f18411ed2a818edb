use std::{collections::HashSet, ops::Range};

use super::geometry::Geometry;
use crate::read::{BlendFile, Block, PointerField, Struct};

/// Pointers without a type that never lead to a datablock: nothing is gained by following them. (struct, field)
const TO_DATA: &[(&str, &str)] = &[("ListBase", "first"), ("ListBase", "last"), ("CustomDataLayer", "data")];

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

/// Which datablocks of one file refer to which; and, from the same walk over all of it, how much geometry it holds.
pub(crate) struct Graph {
    pub geometry: Geometry,
    /// (block of a datablock, block of one that it refers to), sorted.
    uses: Vec<(u32, u32)>,
    /// The same the other way round.
    users: Vec<(u32, u32)>,
}

impl Graph {
    pub fn of(file: &BlendFile) -> Self {
        let mut geometry = Geometry::default();
        let mut uses = Vec::new();
        for part in file.in_parts(|part| Edges::of(file, part)) {
            geometry.add(part.geometry);
            uses.extend(part.found);
        }
        uses.sort_unstable();
        uses.dedup();
        let mut users: Vec<(u32, u32)> = uses.iter().map(|(from, to)| (*to, *from)).collect();
        users.sort_unstable();
        Self { geometry, uses, users }
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

fn pointers_that_count(file: &BlendFile, kind: u32) -> Vec<PointerField> {
    let dna = file.dna();
    let mut pointers = dna.pointers(kind);
    pointers.retain(|pointer| {
        let owner = dna.name_of(pointer.declared_in);
        let place = (owner, dna.field_name(*pointer));
        dna.may_lead_to_datablock(*pointer)
            && !EDITOR_STRUCTS.contains(&owner)
            && !BACKWARDS.contains(&place)
            && !TO_DATA.contains(&place)
    });
    pointers
}

struct Edges<'a> {
    file: &'a BlendFile,
    geometry: Geometry,
    found: Vec<(u32, u32)>,
    /// Arrays of pointers that were looked through.
    arrays: HashSet<u32>,
}

impl<'a> Edges<'a> {
    /// Those that start in a part of the file.
    fn of(file: &'a BlendFile, part: Range<u32>) -> Self {
        let mut edges = Self {
            file,
            geometry: Geometry::default(),
            found: Vec::new(),
            arrays: HashSet::new(),
        };
        // Of each struct of the DNA, once it is met: its pointers that count.
        let mut pointers: Vec<Option<Vec<PointerField>>> = vec![None; file.dna().len() as usize];
        for (position, block) in file.walk(part) {
            if !(block.is_id() || block.is_data()) || block.is_linked_placeholder() {
                continue;
            }
            if block.code.starts_with(b"ME\0") {
                file.struct_at(position).map(|mesh| edges.geometry.add_mesh(mesh));
            }
            if let Some(slot) = pointers.get_mut(block.kind as usize) {
                let pointers = slot.get_or_insert_with(|| pointers_that_count(file, block.kind));
                edges.add_block(position, block, pointers);
            }
        }
        edges
    }

    fn add_block(&mut self, position: u32, block: &Block, pointers: &[PointerField]) {
        let size = u64::from(self.file.dna().size_of(block.kind)).max(1);
        let whole = if pointers.is_empty() {
            0
        } else {
            (block.len / size).min(block.count.max(1))
        };
        for element in 0..whole {
            let base = (block.offset + element * size) as usize;
            for pointer in pointers {
                let at = base + pointer.offset as usize;
                let address = self.file.header().pointer(self.file.bytes(), at);
                let Some(target) = address.and_then(|address| self.file.find(address, position)) else {
                    continue;
                };
                self.add(block.owner, target);
                if pointer.stars > 1 {
                    self.add_array(block.owner, target);
                }
            }
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
