use std::{collections::HashMap, ops::Range};

use super::header::Header;
use crate::BlendError;

const MAX_NAMES: u32 = 1 << 18;
const MAX_NAME: usize = 1_024;
/// Of all structs together: Blender 5.0 has about 8,000.
const MAX_FIELDS: usize = 1 << 20;
/// Structs within structs within structs: Blender's own go six deep.
const MAX_DEPTH: u32 = 12;
const MAX_POINTERS: usize = 4_096;

/// Pointers without a type that never lead to a datablock: nothing is gained by following them. (struct, field)
const TO_DATA: &[(&str, &str)] = &[("ListBase", "first"), ("ListBase", "last"), ("CustomDataLayer", "data")];

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

/// A name in the text, taken apart.
struct Declared {
    name: Range<u32>,
    stars: u8,
    count: u32,
}

impl Dna {
    pub fn parse(bytes: &[u8], offset: u64, header: Header) -> Result<Self, BlendError> {
        let mut cursor = Cursor {
            bytes,
            at: 0,
            base: offset,
            header,
        };
        let mut text = String::new();
        cursor.tag(*b"SDNA")?;
        cursor.tag(*b"NAME")?;
        let names: Vec<Declared> = cursor
            .strings(&mut text)?
            .into_iter()
            .map(|range| declared(&text, range))
            .collect();
        cursor.align()?;
        cursor.tag(*b"TYPE")?;
        let type_names = cursor.strings(&mut text)?;
        cursor.align()?;
        cursor.tag(*b"TLEN")?;
        let mut types = Vec::with_capacity(type_names.len());
        for name in type_names {
            types.push(Type {
                name,
                size: u32::from(cursor.u16()?),
                kind: None,
            });
        }
        cursor.align()?;
        cursor.tag(*b"STRC")?;
        let count = cursor.count()?;
        let mut structs = Vec::new();
        let mut fields = Vec::new();
        for position in 0..count {
            let type_index = u32::from(cursor.u16()?);
            let first = fields.len() as u32;
            cursor.fields(&names, &types, &mut fields)?;
            let bad = || BlendError::corrupt(offset, "a struct has no type");
            types.get_mut(type_index as usize).ok_or_else(bad)?.kind = Some(position);
            structs.push(StructKind {
                type_index,
                fields: first..fields.len() as u32,
            });
        }
        Ok(Self {
            text,
            types,
            structs,
            fields,
            pointer_size: header.pointer_size as u32,
        })
    }

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

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where `bytes` begin in the file, for messages.
    base: u64,
    header: Header,
}

impl Cursor<'_> {
    fn wrong(&self, reason: impl Into<String>) -> BlendError {
        BlendError::corrupt(self.base + self.at as u64, reason)
    }

    fn short(&self) -> BlendError {
        self.wrong("the description of its structs ends too early")
    }

    fn tag(&mut self, tag: [u8; 4]) -> Result<(), BlendError> {
        if self.bytes.get(self.at..self.at.saturating_add(4)) != Some(&tag[..]) {
            let name = super::block::name(tag);
            return Err(self.wrong(format!("the description of its structs lacks {name}")));
        }
        self.at += 4;
        Ok(())
    }

    fn align(&mut self) -> Result<(), BlendError> {
        self.at = self.at.checked_next_multiple_of(4).ok_or_else(|| self.short())?;
        Ok(())
    }

    fn u16(&mut self) -> Result<u16, BlendError> {
        let value = self.header.u16(self.bytes, self.at).ok_or_else(|| self.short())?;
        self.at += 2;
        Ok(value)
    }

    fn count(&mut self) -> Result<u32, BlendError> {
        let value = self.header.u32(self.bytes, self.at).ok_or_else(|| self.short())?;
        if value > MAX_NAMES {
            return Err(self.wrong(format!("the description of its structs claims {value} entries")));
        }
        self.at += 4;
        Ok(value)
    }

    /// Appends texts that end with a zero each; tells where each stands.
    fn strings(&mut self, text: &mut String) -> Result<Vec<Range<u32>>, BlendError> {
        let count = self.count()?;
        let mut found = Vec::new();
        for _ in 0..count {
            let rest = self.bytes.get(self.at..).ok_or_else(|| self.short())?;
            let len = rest
                .iter()
                .take(MAX_NAME)
                .position(|byte| *byte == 0)
                .ok_or_else(|| self.short())?;
            let name = rest.get(..len).and_then(|name| std::str::from_utf8(name).ok());
            let name = name.ok_or_else(|| self.wrong("a name in the description of its structs is no text"))?;
            let start = text.len() as u32;
            text.push_str(name);
            found.push(start..text.len() as u32);
            self.at += len + 1;
        }
        Ok(found)
    }

    fn fields(&mut self, names: &[Declared], types: &[Type], found: &mut Vec<Field>) -> Result<(), BlendError> {
        let count = self.u16()?;
        let mut offset: u32 = 0;
        for _ in 0..count {
            let type_index = u32::from(self.u16()?);
            let name_index = usize::from(self.u16()?);
            let (Some(kind), Some(declared)) = (types.get(type_index as usize), names.get(name_index)) else {
                return Err(self.wrong("a field has no type or no name"));
            };
            let each = if declared.stars > 0 {
                self.header.pointer_size as u32
            } else {
                kind.size
            };
            let size = each.checked_mul(declared.count).filter(|size| *size < 1 << 24);
            let size = size.ok_or_else(|| self.wrong("a field is larger than any can be"))?;
            if found.len() >= MAX_FIELDS {
                return Err(self.wrong("the description of its structs has no end"));
            }
            found.push(Field {
                name: declared.name.clone(),
                type_index,
                offset,
                count: declared.count,
                stars: declared.stars,
                size,
            });
            offset = offset.saturating_add(size);
        }
        Ok(())
    }
}

fn declared(text: &str, range: Range<u32>) -> Declared {
    let whole = text.get(range.start as usize..range.end as usize).unwrap_or_default();
    let (skipped, name, stars, count) = declarator(whole);
    let start = range.start + skipped as u32;
    Declared {
        name: start..start + name.len() as u32,
        stars,
        count,
    }
}

/// Splits `*next`, `mat[4][4]`, `**mat`, `(*free)()` into where the name starts, name, stars and number of elements.
fn declarator(text: &str) -> (usize, &str, u8, u32) {
    if let Some(function) = text.strip_prefix("(*") {
        return (2, function.split(')').next().unwrap_or_default(), 1, 1);
    }
    let bare = text.trim_start_matches('*');
    let skipped = text.len() - bare.len();
    let (name, dimensions) = bare.split_at(bare.find('[').unwrap_or(bare.len()));
    let number = dimensions
        .split('[')
        .filter_map(|part| part.trim_end_matches(']').parse::<u32>().ok())
        .fold(1u32, u32::saturating_mul);
    (skipped, name, u8::try_from(skipped).unwrap_or(u8::MAX), number)
}

#[cfg(test)]
mod tests {
    use super::declarator;

    #[test]
    fn splits_declarators() {
        assert_eq!(declarator("*next"), (1, "next", 1, 1));
        assert_eq!(declarator("**mat"), (2, "mat", 2, 1));
        assert_eq!(declarator("obmat[4][4]"), (0, "obmat", 0, 16));
        assert_eq!(declarator("*gputexture[3][2]"), (1, "gputexture", 1, 6));
        assert_eq!(declarator("(*free_edit)()"), (2, "free_edit", 1, 1));
        assert_eq!(declarator("odd[99999999][99999999]"), (0, "odd", 0, u32::MAX));
    }
}
