use std::collections::HashMap;

use super::Dna;

/// Structs within structs within structs: Blender's own go six deep.
const MAX_DEPTH: u32 = 12;
const MAX_POINTERS: usize = 4_096;

/// Pointers without a type that never lead to a datablock: nothing is gained by following them. (struct, field)
const TO_DATA: &[(&str, &str)] = &[("ListBase", "first"), ("ListBase", "last"), ("CustomDataLayer", "data")];

#[derive(Debug, Clone, Copy)]
pub(crate) struct PointerField {
    pub offset: u32,
    pub stars: u8,
    /// The struct that declares it, and its place there: to leave some out.
    pub declared_in: u32,
    field: u32,
}

/// The pointers of structs that were asked for.
#[derive(Debug, Default)]
pub(crate) struct PointersOf(HashMap<u32, Vec<PointerField>>);

impl PointerField {
    /// The same for every pointer of one field.
    pub fn place(self) -> (u32, u32) {
        (self.declared_in, self.field)
    }
}

impl Dna {
    /// Where pointers are in a struct, those of structs within it included, in the order of their offsets. `known` keeps
    /// what was found before.
    pub fn pointers<'k>(&self, kind: u32, known: &'k mut PointersOf) -> &'k [PointerField] {
        self.find_pointers(kind, 0, known);
        known.0.get(&kind).map(Vec::as_slice).unwrap_or_default()
    }

    fn find_pointers(&self, kind: u32, depth: u32, known: &mut PointersOf) {
        if depth >= MAX_DEPTH || known.0.contains_key(&kind) {
            return;
        }
        // A struct cannot hold itself: one that says so finds nothing there.
        known.0.insert(kind, Vec::new());
        let mut found = Vec::new();
        for (position, field) in self.fields_of(kind).iter().enumerate() {
            if field.stars > 0 {
                let own = PointerField {
                    offset: field.offset,
                    stars: field.stars,
                    declared_in: kind,
                    field: position as u32,
                };
                repeat(&mut found, &[own], field.count, self.pointer_size);
                continue;
            }
            let inner = self.types.get(field.type_index as usize);
            if let Some((size, nested)) = inner.and_then(|inner| Some((inner.size, inner.kind?))) {
                self.find_pointers(nested, depth + 1, known);
                let inside: Vec<PointerField> = known
                    .0
                    .get(&nested)
                    .into_iter()
                    .flatten()
                    .map(|pointer| PointerField {
                        offset: pointer.offset.saturating_add(field.offset),
                        ..*pointer
                    })
                    .collect();
                repeat(&mut found, &inside, field.count, size);
            }
        }
        // Structs that are described wrongly may overlap, or reach beyond their own size.
        let end = self.size_of(kind);
        found.retain(|pointer| pointer.offset.saturating_add(self.pointer_size) <= end);
        found.sort_by_key(|pointer| pointer.offset);
        found.dedup_by_key(|pointer| pointer.offset);
        known.0.insert(kind, found);
    }

    pub fn field_name(&self, pointer: PointerField) -> &str {
        self.fields_of(pointer.declared_in)
            .get(pointer.field as usize)
            .map_or("", |field| self.slice(&field.name))
    }

    /// Whether what it points to may be a datablock: its type is one, or says nothing.
    pub fn may_lead_to_datablock(&self, pointer: PointerField) -> bool {
        let Some(field) = self.fields_of(pointer.declared_in).get(pointer.field as usize) else {
            return false;
        };
        let Some(kind) = self.struct_of(field) else {
            let place = (self.name_of(pointer.declared_in), self.slice(&field.name));
            return self.type_name(field) == "void" && !TO_DATA.contains(&place);
        };
        let first = self.fields_of(kind).first();
        self.name_of(kind) == "ID" || first.is_some_and(|first| first.stars == 0 && self.type_name(first) == "ID")
    }
}

/// The pointers of an array: those of one element again and again.
fn repeat(found: &mut Vec<PointerField>, of_one: &[PointerField], count: u32, size: u32) {
    if of_one.is_empty() {
        return;
    }
    for number in 0..count {
        if found.len() + of_one.len() > MAX_POINTERS {
            return;
        }
        let skip = size.saturating_mul(number);
        found.extend(of_one.iter().map(|pointer| PointerField {
            offset: pointer.offset.saturating_add(skip),
            ..*pointer
        }));
    }
}
