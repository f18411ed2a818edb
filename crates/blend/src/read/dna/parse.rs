use std::ops::Range;

use super::{Dna, Field, StructKind, Type};
use crate::{
    BlendError,
    read::{block, header::Header},
};

const MAX_NAMES: u32 = 1 << 18;
const MAX_NAME: usize = 1_024;
/// Of all structs together: Blender 5.0 has about 8,000.
const MAX_FIELDS: usize = 1 << 20;

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
            let name = block::name(tag);
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
