use std::collections::{BTreeSet, HashMap};

use crate::read::{BlendFile, Struct};

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
    /// From the block of a datablock to the blocks of those it refers to.
    uses: HashMap<u32, BTreeSet<u32>>,
}

impl Graph {
    pub fn of(file: &BlendFile) -> Self {
        let mut graph = Self { uses: HashMap::new() };
        let mut left_out = HashMap::new();
        for position in 0..file.blocks().len() as u32 {
            graph.add_block(file, position, &mut left_out);
            file.walked_past(position);
        }
        graph
    }

    fn add_block(&mut self, file: &BlendFile, position: u32, left_out: &mut HashMap<u32, Vec<bool>>) {
        let Some(block) = file.block(position) else { return };
        if !(block.is_id() || block.is_data()) || block.is_linked_placeholder() {
            return;
        }
        let dna = file.dna();
        let Some(kind) = dna.kind(block.kind).filter(|kind| !kind.pointers.is_empty()) else {
            return;
        };
        let skip = left_out.entry(block.kind).or_insert_with(|| {
            kind.pointers
                .iter()
                .map(|pointer| {
                    let owner = dna.name_of(pointer.declared_in);
                    EDITOR_STRUCTS.contains(&owner) || BACKWARDS.contains(&(owner, dna.field_name(*pointer)))
                })
                .collect()
        });
        let size = u64::from(dna.size_of(block.kind)).max(1);
        let whole = (block.len / size).min(block.count.max(1));
        for element in 0..whole {
            let base = (block.offset + element * size) as usize;
            for (pointer, skip) in kind.pointers.iter().zip(skip.iter()) {
                // A pointer beyond the block would read its neighbour.
                if *skip || u64::from(pointer.offset) + file.header().pointer_size as u64 > size {
                    continue;
                }
                let Some(address) = file.header().pointer(file.bytes(), base + pointer.offset as usize) else {
                    continue;
                };
                let Some(target) = file.find(address, position) else {
                    continue;
                };
                self.add_edge(file, block.owner, target);
                if pointer.stars > 1 {
                    self.add_array(file, block.owner, target);
                }
            }
        }
    }

    /// `**x`: the block is an array of pointers, written without a type.
    fn add_array(&mut self, file: &BlendFile, owner: u32, array: u32) {
        let Some(block) = file
            .block(array)
            .filter(|block| block.is_data() && block.owner == owner)
        else {
            return;
        };
        let step = file.header().pointer_size as u64;
        for number in 0..block.len / step {
            let at = (block.offset + number * step) as usize;
            let target = file
                .header()
                .pointer(file.bytes(), at)
                .and_then(|address| file.find(address, array));
            if let Some(target) = target {
                self.add_edge(file, owner, target);
            }
        }
    }

    fn add_edge(&mut self, file: &BlendFile, owner: u32, target: u32) {
        let Some(block) = file.block(target) else { return };
        if !block.is_id() || target == owner {
            return;
        }
        if EDITOR_ONLY.iter().any(|code| block.code.starts_with(&code[..])) {
            return;
        }
        self.uses.entry(owner).or_default().insert(target);
    }

    /// Everything that the given datablocks need, themselves included.
    pub fn reach(&self, roots: impl IntoIterator<Item = u32>) -> BTreeSet<u32> {
        let mut found: BTreeSet<u32> = roots.into_iter().collect();
        let mut open: Vec<u32> = found.iter().copied().collect();
        while let Some(next) = open.pop() {
            for target in self.uses.get(&next).into_iter().flatten() {
                if found.insert(*target) {
                    open.push(*target);
                }
            }
        }
        found
    }

    /// From each datablock to those that refer to it directly.
    pub fn users(&self) -> HashMap<u32, Vec<u32>> {
        let mut users: HashMap<u32, Vec<u32>> = HashMap::new();
        for (from, targets) in &self.uses {
            for to in targets {
                users.entry(*to).or_default().push(*from);
            }
        }
        for list in users.values_mut() {
            list.sort_unstable();
        }
        users
    }
}

/// The full name of a datablock, two letters of its kind first, such as `OBCube`.
pub(crate) fn full_name(item: Struct<'_>) -> Option<String> {
    let raw = item.raw_text("id.name").or_else(|| item.raw_text("name"))?;
    Some(String::from_utf8_lossy(raw.bytes).into_owned())
}
