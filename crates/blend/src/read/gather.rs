//! What is taken along while the blocks are found, because each look at a page of a large file costs: pointers that may lead
//! to datablocks, and how much geometry there is.

use super::{
    block::Block,
    dna::{Dna, PointerField, PointersOf},
    header::Header,
    index::Look,
    source::Bytes,
    walk::Walk,
};

/// More than any scene holds; a damaged file may consist of pointers.
const MAX_POINTERS: usize = 1 << 25;

#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// In the order of the file.
    pub pointers: Vec<Pointer>,
    pub geometry: Geometry,
    /// There were too many to keep.
    pub is_full: bool,
}

/// A pointer that is set and may lead to a datablock, or to an array of pointers that do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pointer {
    /// The block that holds it.
    pub from: u32,
    pub address: u64,
    pub field: PointerField,
}

/// How much geometry meshes hold as stored: modifiers and instances come on top.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Geometry {
    pub meshes: u64,
    pub vertices: u64,
    pub triangles: u64,
}

impl Gathered {
    /// Adds what was gathered behind `blocks` blocks.
    pub fn append(&mut self, blocks: u32, other: Self) {
        self.is_full |= other.is_full;
        self.geometry.meshes += other.geometry.meshes;
        self.geometry.vertices = self.geometry.vertices.saturating_add(other.geometry.vertices);
        self.geometry.triangles = self.geometry.triangles.saturating_add(other.geometry.triangles);
        self.pointers.extend(other.pointers.into_iter().map(|pointer| Pointer {
            from: pointer.from + blocks,
            ..pointer
        }));
    }
}

/// Gathers along one walk.
pub(super) struct Gatherer<'a> {
    bytes: &'a Bytes,
    header: Header,
    dna: &'a Dna,
    walk: Walk<'a>,
    /// Of each struct of the DNA, once it is met: its pointers that may lead to datablocks.
    pointers: Vec<Option<Vec<PointerField>>>,
    known: PointersOf,
    mesh: Option<Mesh>,
    pub gathered: Gathered,
}

/// Where a mesh keeps its counts.
struct Mesh {
    kind: u32,
    vertices: u32,
    polygons: u32,
    corners: u32,
}

impl<'a> Gatherer<'a> {
    pub fn new(bytes: &'a Bytes, header: Header, dna: &'a Dna) -> Self {
        Self {
            bytes,
            header,
            dna,
            walk: Walk::of(bytes),
            pointers: vec![None; dna.len() as usize],
            known: PointersOf::default(),
            mesh: Mesh::of(dna),
            gathered: Gathered::default(),
        }
    }
}

impl Look for Gatherer<'_> {
    fn look(&mut self, position: u32, block: &Block) {
        self.walk.reached(block.offset);
        if !(block.is_id() || block.is_data()) || block.is_linked_placeholder() {
            return;
        }
        let Some(slot) = self.pointers.get_mut(block.kind as usize) else {
            return;
        };
        let fields = slot.get_or_insert_with(|| {
            let all = self.dna.pointers(block.kind, &mut self.known).iter().copied();
            all.filter(|pointer| self.dna.may_lead_to_datablock(*pointer)).collect()
        });
        let size = u64::from(self.dna.size_of(block.kind)).max(1);
        let elements = if fields.is_empty() {
            0
        } else {
            (block.len / size).min(block.count.max(1))
        };
        for element in 0..elements {
            let base = (block.offset + element * size) as usize;
            for field in fields.iter() {
                let address = self.header.pointer(self.bytes, base + field.offset as usize);
                let Some(address) = address.filter(|address| *address != 0) else {
                    continue;
                };
                if self.gathered.pointers.len() >= MAX_POINTERS {
                    self.gathered.is_full = true;
                    return;
                }
                self.gathered.pointers.push(Pointer {
                    from: position,
                    address,
                    field: *field,
                });
            }
        }
        if let Some(mesh) = self
            .mesh
            .as_ref()
            .filter(|mesh| mesh.kind == block.kind && block.code.starts_with(b"ME\0"))
        {
            mesh.count(self.bytes, self.header, block, &mut self.gathered.geometry);
        }
    }
}

impl Mesh {
    fn of(dna: &Dna) -> Option<Self> {
        let kind = dna.index_of("Mesh")?;
        let offset = |new: &str, old: &str| {
            let field = dna.field(kind, new).or_else(|| dna.field(kind, old))?;
            (field.size == 4 && field.stars == 0).then_some(field.offset)
        };
        Some(Self {
            kind,
            vertices: offset("totvert", "verts_num")?,
            polygons: offset("totpoly", "faces_num")?,
            corners: offset("totloop", "corners_num")?,
        })
    }

    fn count(&self, bytes: &[u8], header: Header, block: &Block, geometry: &mut Geometry) {
        let number = |offset: u32| {
            let inside = u64::from(offset) + 4 <= block.len;
            let number = header.u32(bytes, (block.offset + u64::from(offset)) as usize);
            // Counts have a sign.
            let number = number.filter(|number| inside && i32::try_from(*number).is_ok());
            u64::from(number.unwrap_or(0))
        };
        let (polygons, corners) = (number(self.polygons), number(self.corners));
        geometry.meshes += 1;
        geometry.vertices = geometry.vertices.saturating_add(number(self.vertices));
        // A polygon of n corners makes n - 2 triangles.
        geometry.triangles = geometry.triangles.saturating_add(corners.saturating_sub(polygons * 2));
    }
}
