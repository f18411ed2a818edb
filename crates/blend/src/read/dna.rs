use std::collections::HashMap;

use super::header::Header;
use crate::BlendError;

const MAX_NAMES: u32 = 1 << 18;
/// Structs within structs within structs: Blender's own go six deep.
const MAX_DEPTH: u32 = 12;
const MAX_POINTERS: usize = 4_096;

/// The description of all structs that a file carries with it.
///
/// Source: Blender, `source/blender/makesdna/intern/dna_genfile.cc`.
#[derive(Debug)]
pub(crate) struct Dna {
    types: Vec<Type>,
    structs: Vec<StructKind>,
    by_name: HashMap<String, u32>,
}

#[derive(Debug)]
struct Type {
    name: String,
    size: u32,
    kind: Option<u32>,
}

#[derive(Debug)]
pub(crate) struct StructKind {
    type_index: u32,
    fields: Vec<Field>,
    by_name: HashMap<String, u32>,
    /// Where pointers are in it, those of structs within it included.
    pub pointers: Vec<PointerField>,
}

/// One field of a struct.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub name: String,
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
    pub field: u32,
}

impl Dna {
    pub fn parse(bytes: &[u8], offset: u64, header: Header) -> Result<Self, BlendError> {
        let mut cursor = Cursor {
            bytes,
            at: 0,
            base: offset,
            header,
        };
        cursor.tag(*b"SDNA")?;
        cursor.tag(*b"NAME")?;
        let names = cursor.strings()?;
        cursor.align()?;
        cursor.tag(*b"TYPE")?;
        let mut types: Vec<Type> = cursor
            .strings()?
            .into_iter()
            .map(|name| Type {
                name,
                size: 0,
                kind: None,
            })
            .collect();
        cursor.align()?;
        cursor.tag(*b"TLEN")?;
        for kind in &mut types {
            kind.size = u32::from(cursor.u16()?);
        }
        cursor.align()?;
        cursor.tag(*b"STRC")?;
        let count = cursor.count()?;
        let mut structs = Vec::new();
        let mut by_name = HashMap::new();
        for position in 0..count {
            let type_index = u32::from(cursor.u16()?);
            let fields = cursor.fields(&names, &types)?;
            let bad = || BlendError::corrupt(offset, "a struct has no type");
            let own = types.get_mut(type_index as usize).ok_or_else(bad)?;
            own.kind = Some(position);
            by_name.insert(own.name.clone(), position);
            let names = fields
                .iter()
                .enumerate()
                .map(|(at, field)| (field.name.clone(), at as u32))
                .collect();
            structs.push(StructKind {
                type_index,
                fields,
                by_name: names,
                pointers: Vec::new(),
            });
        }
        let mut dna = Self {
            types,
            structs,
            by_name,
        };
        for position in 0..dna.structs.len() {
            let mut pointers = Vec::new();
            dna.collect_pointers(position as u32, 0, 0, &mut pointers, header.pointer_size as u32);
            if let Some(own) = dna.structs.get_mut(position) {
                own.pointers = pointers;
            }
        }
        Ok(dna)
    }

    fn collect_pointers(&self, kind: u32, base: u32, depth: u32, found: &mut Vec<PointerField>, pointer_size: u32) {
        let Some(own) = self.structs.get(kind as usize).filter(|_| depth < MAX_DEPTH) else {
            return;
        };
        for (position, field) in own.fields.iter().enumerate() {
            let inner = self.types.get(field.type_index as usize);
            let (step, nested) = if field.stars > 0 {
                (pointer_size, None)
            } else {
                match inner.and_then(|inner| Some((inner.size, inner.kind?))) {
                    Some((size, nested)) => (size, Some(nested)),
                    None => continue,
                }
            };
            for number in 0..field.count {
                if found.len() >= MAX_POINTERS {
                    return;
                }
                let Some(at) = step
                    .checked_mul(number)
                    .and_then(|skip| skip.checked_add(base + field.offset))
                else {
                    return;
                };
                match nested {
                    Some(nested) => {
                        let before = found.len();
                        self.collect_pointers(nested, at, depth + 1, found, pointer_size);
                        if found.len() == before {
                            break;
                        }
                    }
                    None => found.push(PointerField {
                        offset: at,
                        stars: field.stars,
                        declared_in: kind,
                        field: position as u32,
                    }),
                }
            }
        }
    }

    pub fn kind(&self, index: u32) -> Option<&StructKind> {
        self.structs.get(index as usize)
    }

    pub fn index_of(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    pub fn name_of(&self, kind: u32) -> &str {
        self.kind(kind)
            .and_then(|own| self.types.get(own.type_index as usize))
            .map_or("", |own| own.name.as_str())
    }

    pub fn size_of(&self, kind: u32) -> u32 {
        self.kind(kind)
            .and_then(|own| self.types.get(own.type_index as usize))
            .map_or(0, |own| own.size)
    }

    pub fn field(&self, kind: u32, name: &str) -> Option<&Field> {
        let own = self.kind(kind)?;
        own.fields.get(*own.by_name.get(name)? as usize)
    }

    pub fn field_name(&self, pointer: PointerField) -> &str {
        self.kind(pointer.declared_in)
            .and_then(|own| own.fields.get(pointer.field as usize))
            .map_or("", |field| field.name.as_str())
    }

    pub fn type_name(&self, field: &Field) -> &str {
        self.types
            .get(field.type_index as usize)
            .map_or("", |own| own.name.as_str())
    }

    /// The struct that a field holds or points to.
    pub fn struct_of(&self, field: &Field) -> Option<u32> {
        self.types.get(field.type_index as usize)?.kind
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
    fn short(&self) -> BlendError {
        BlendError::corrupt(
            self.base + self.at as u64,
            "the description of its structs ends too early",
        )
    }

    fn tag(&mut self, tag: [u8; 4]) -> Result<(), BlendError> {
        if self.bytes.get(self.at..self.at.saturating_add(4)) != Some(&tag[..]) {
            let name = super::block::name(tag);
            return Err(BlendError::corrupt(
                self.base + self.at as u64,
                format!("the description of its structs lacks {name}"),
            ));
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
            return Err(BlendError::corrupt(
                self.base + self.at as u64,
                format!("the description of its structs claims {value} entries"),
            ));
        }
        self.at += 4;
        Ok(value)
    }

    fn strings(&mut self) -> Result<Vec<String>, BlendError> {
        let count = self.count()?;
        let mut found = Vec::new();
        for _ in 0..count {
            let rest = self.bytes.get(self.at..).ok_or_else(|| self.short())?;
            let len = rest
                .iter()
                .take(1_024)
                .position(|byte| *byte == 0)
                .ok_or_else(|| self.short())?;
            found.push(String::from_utf8_lossy(rest.get(..len).unwrap_or_default()).into_owned());
            self.at += len + 1;
        }
        Ok(found)
    }

    fn fields(&mut self, names: &[String], types: &[Type]) -> Result<Vec<Field>, BlendError> {
        let count = self.u16()?;
        let mut fields = Vec::with_capacity(usize::from(count));
        let mut offset: u32 = 0;
        for _ in 0..count {
            let type_index = u32::from(self.u16()?);
            let name_index = usize::from(self.u16()?);
            let (Some(kind), Some(text)) = (types.get(type_index as usize), names.get(name_index)) else {
                return Err(BlendError::corrupt(
                    self.base + self.at as u64,
                    "a field has no type or no name",
                ));
            };
            let (name, stars, number) = declarator(text);
            let each = if stars > 0 {
                self.header.pointer_size as u32
            } else {
                kind.size
            };
            let size = each.checked_mul(number).filter(|size| *size < 1 << 24);
            let size = size
                .ok_or_else(|| BlendError::corrupt(self.base + self.at as u64, "a field is larger than any can be"))?;
            fields.push(Field {
                name,
                type_index,
                offset,
                count: number,
                stars,
                size,
            });
            offset = offset.saturating_add(size);
        }
        Ok(fields)
    }
}

/// Splits `*next`, `mat[4][4]`, `**mat`, `(*free)()` into name, stars and number of elements.
fn declarator(text: &str) -> (String, u8, u32) {
    if let Some(function) = text.strip_prefix("(*") {
        return (function.split(')').next().unwrap_or_default().to_owned(), 1, 1);
    }
    let bare = text.trim_start_matches('*');
    let stars = u8::try_from(text.len() - bare.len()).unwrap_or(u8::MAX);
    let mut parts = bare.split('[');
    let name = parts.next().unwrap_or_default().to_owned();
    let number = parts
        .filter_map(|part| part.trim_end_matches(']').parse::<u32>().ok())
        .fold(1u32, u32::saturating_mul);
    (name, stars, number)
}

#[cfg(test)]
mod tests {
    use super::declarator;

    #[test]
    fn splits_declarators() {
        assert_eq!(declarator("*next"), ("next".to_owned(), 1, 1));
        assert_eq!(declarator("**mat"), ("mat".to_owned(), 2, 1));
        assert_eq!(declarator("obmat[4][4]"), ("obmat".to_owned(), 0, 16));
        assert_eq!(declarator("*gputexture[3][2]"), ("gputexture".to_owned(), 1, 6));
        assert_eq!(declarator("(*free_edit)()"), ("free_edit".to_owned(), 1, 1));
        assert_eq!(declarator("odd[99999999][99999999]"), ("odd".to_owned(), 0, u32::MAX));
    }
}
