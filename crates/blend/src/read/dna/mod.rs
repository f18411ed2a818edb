mod parse;
mod pointers;

use std::ops::Range;

pub(crate) use pointers::{PointerField, PointersOf};

/// The description of all structs that a file carries with it.
///
/// It is read for every report, and most of it is never asked for: names stay where they are in one text, and lists of
/// pointers are made by whoever needs them.
///
/// Source: Blender, `source/blender/makesdna/intern/dna_genfile.cc`.
#[derive(Debug)]
pub(crate) struct Dna {
    /// Names of fields as written, then names of types.
    text: String,
    types: Vec<Type>,
    structs: Vec<StructKind>,
    /// Of all structs, one after the other.
    fields: Vec<Field>,
    pointer_size: u32,
}

#[derive(Debug)]
struct Type {
    name: Range<u32>,
    size: u32,
    kind: Option<u32>,
}

#[derive(Debug)]
struct StructKind {
    type_index: u32,
    fields: Range<u32>,
}

/// One field of a struct.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// Without stars and dimensions.
    name: Range<u32>,
    type_index: u32,
    /// Bytes from the start of the struct.
    pub offset: u32,
    /// How many: the product of its array dimensions.
    pub count: u32,
    /// 0 for a value, 1 for `*x`, 2 for `**x`.
    pub stars: u8,
    pub size: u32,
}

impl Dna {
    fn slice(&self, range: &Range<u32>) -> &str {
        self.text
            .get(range.start as usize..range.end as usize)
            .unwrap_or_default()
    }

    fn fields_of(&self, kind: u32) -> &[Field] {
        self.structs
            .get(kind as usize)
            .and_then(|own| self.fields.get(own.fields.start as usize..own.fields.end as usize))
            .unwrap_or_default()
    }

    fn type_of(&self, kind: u32) -> Option<&Type> {
        self.types.get(self.structs.get(kind as usize)?.type_index as usize)
    }

    /// How many structs it describes: they are numbered from 0.
    pub fn len(&self) -> u32 {
        self.structs.len() as u32
    }

    pub fn knows(&self, kind: u32) -> bool {
        (kind as usize) < self.structs.len()
    }

    pub fn index_of(&self, name: &str) -> Option<u32> {
        (0..self.len()).find(|kind| self.name_of(*kind) == name)
    }

    pub fn name_of(&self, kind: u32) -> &str {
        self.type_of(kind).map_or("", |own| self.slice(&own.name))
    }

    pub fn size_of(&self, kind: u32) -> u32 {
        self.type_of(kind).map_or(0, |own| own.size)
    }

    pub fn field(&self, kind: u32, name: &str) -> Option<&Field> {
        self.fields_of(kind)
            .iter()
            .find(|field| self.slice(&field.name) == name)
    }

    pub fn type_name(&self, field: &Field) -> &str {
        self.types
            .get(field.type_index as usize)
            .map_or("", |own| self.slice(&own.name))
    }

    /// The struct that a field holds or points to.
    pub fn struct_of(&self, field: &Field) -> Option<u32> {
        self.types.get(field.type_index as usize)?.kind
    }
}
