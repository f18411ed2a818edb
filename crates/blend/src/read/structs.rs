use super::{dna::Field, file::BlendFile};

/// No path and no expression is longer; a damaged file may have no zero at its end.
const MAX_TEXT: usize = 4_096;

/// A struct in a file. Fields are named as in Blender's DNA, with dots into structs within it: `r.im_format.imtype`.
///
/// Every read is `None` when this file's Blender had no such field.
#[derive(Clone, Copy)]
pub struct Struct<'a> {
    file: &'a BlendFile,
    block: u32,
    kind: u32,
    offset: usize,
    /// End of its block: nothing beyond is read.
    end: usize,
}

impl<'a> Struct<'a> {
    pub(crate) fn of_block(file: &'a BlendFile, position: u32) -> Option<Self> {
        let block = file.block(position)?;
        if !file.dna().knows(block.kind) {
            return None;
        }
        let offset = block.offset as usize;
        let end = offset + block.len as usize;
        Some(Self {
            file,
            block: position,
            kind: block.kind,
            offset,
            end,
        })
    }

    pub fn file(&self) -> &'a BlendFile {
        self.file
    }

    pub(crate) fn block(&self) -> u32 {
        self.block
    }

    /// The block of the datablock that it belongs to.
    pub(crate) fn owner(&self) -> u32 {
        self.file.block(self.block).map_or(self.block, |block| block.owner)
    }

    /// The struct's name in the DNA, such as `Scene`.
    pub fn kind(&self) -> &'a str {
        self.file.dna().name_of(self.kind)
    }

    /// The structs of an array that is kept in one block, this one first.
    pub fn elements(self) -> impl Iterator<Item = Struct<'a>> {
        let size = self.file.dna().size_of(self.kind).max(1) as usize;
        let count = (self.end - self.offset) / size;
        (0..count).map(move |number| Struct {
            offset: self.offset + number * size,
            ..self
        })
    }

    /// The same bytes read as another struct: the first member of a larger one, or a block that was written untyped.
    pub fn cast(self, kind: &str) -> Option<Self> {
        Some(Self {
            kind: self.file.dna().index_of(kind)?,
            ..self
        })
    }

    fn locate(&self, path: &str) -> Option<(usize, &'a Field)> {
        let mut kind = self.kind;
        let mut at = self.offset;
        let mut parts = path.split('.').peekable();
        while let Some(name) = parts.next() {
            let field = self.file.dna().field(kind, name)?;
            at = at.checked_add(field.offset as usize)?;
            if parts.peek().is_none() {
                return (at.checked_add(field.size as usize)? <= self.end).then_some((at, field));
            }
            if field.stars > 0 {
                return None;
            }
            kind = self.file.dna().struct_of(field)?;
        }
        None
    }

    pub fn has(&self, path: &str) -> bool {
        self.locate(path).is_some()
    }

    /// A struct within this one.
    pub fn inner(&self, path: &str) -> Option<Struct<'a>> {
        let (offset, field) = self.locate(path)?;
        if field.stars > 0 {
            return None;
        }
        Some(Struct {
            kind: self.file.dna().struct_of(field)?,
            offset,
            ..*self
        })
    }

    /// A whole number of any width; of an array, its first.
    pub fn int(&self, path: &str) -> Option<i64> {
        self.int_at(path, 0)
    }

    pub fn int_at(&self, path: &str, index: u32) -> Option<i64> {
        let (at, field) = self.locate(path)?;
        if field.stars > 0 || index >= field.count {
            return None;
        }
        let bytes = self.file.bytes();
        let header = self.file.header();
        let wide = (field.size / field.count.max(1)) as usize;
        let at = at + index as usize * wide;
        let signed = match self.file.dna().type_name(field) {
            "char" | "int8_t" => i64::from(i8::from_ne_bytes([*bytes.get(at)?])),
            "uchar" | "uint8_t" | "bool" => i64::from(*bytes.get(at)?),
            "short" => i64::from(i16::from_ne_bytes(header.u16(bytes, at)?.to_ne_bytes())),
            "ushort" => i64::from(header.u16(bytes, at)?),
            "int" | "long" => i64::from(i32::from_ne_bytes(header.u32(bytes, at)?.to_ne_bytes())),
            "uint" | "ulong" | "uint32_t" => i64::from(header.u32(bytes, at)?),
            "int64_t" | "uint64_t" => i64::from_ne_bytes(header.u64(bytes, at)?.to_ne_bytes()),
            _ => return None,
        };
        Some(signed)
    }

    /// A number with a fraction; whole numbers are converted.
    pub fn float(&self, path: &str) -> Option<f64> {
        let (at, field) = self.locate(path)?;
        if field.stars > 0 {
            return None;
        }
        match self.file.dna().type_name(field) {
            "float" => Some(f64::from(f32::from_bits(
                self.file.header().u32(self.file.bytes(), at)?,
            ))),
            "double" => Some(f64::from_bits(self.file.header().u64(self.file.bytes(), at)?)),
            _ => self.int(path).map(|value| value as f64),
        }
    }

    /// The bytes of a text, up to its zero, and where they stand in the file with the size of the field.
    pub(crate) fn raw_text(&self, path: &str) -> Option<RawText<'a>> {
        let (offset, field) = self.locate(path)?;
        if field.stars > 0 || self.file.dna().type_name(field) != "char" {
            return None;
        }
        let size = field.size as usize;
        let whole = self.file.bytes().get(offset..offset + size)?;
        let len = whole.iter().position(|byte| *byte == 0).unwrap_or(size);
        Some(RawText {
            bytes: whole.get(..len)?,
            offset,
            size,
        })
    }

    /// A text of a fixed field. Bytes that are no UTF-8 are replaced.
    pub fn text(&self, path: &str) -> Option<String> {
        self.raw_text(path)
            .map(|raw| String::from_utf8_lossy(raw.bytes).into_owned())
    }

    /// A text that a field points to.
    pub fn text_behind(&self, path: &str) -> Option<String> {
        let whole = self.bytes_behind(path)?;
        let len = whole.iter().take(MAX_TEXT).position(|byte| *byte == 0);
        let len = len.unwrap_or(whole.len().min(MAX_TEXT));
        Some(String::from_utf8_lossy(whole.get(..len)?).into_owned())
    }

    /// The bytes of the block that a field points to.
    pub(crate) fn bytes_behind(&self, path: &str) -> Option<&'a [u8]> {
        let block = self.file.block(self.target(path)?)?;
        self.file
            .bytes()
            .get(block.offset as usize..(block.offset + block.len) as usize)
    }

    /// Where a pointer pointed to in the memory of the Blender that saved the file; 0 for nowhere.
    pub fn address(&self, path: &str) -> Option<u64> {
        let (at, field) = self.locate(path)?;
        if field.stars == 0 {
            return None;
        }
        self.file.header().pointer(self.file.bytes(), at)
    }

    /// Whether a pointer points to anything, in the file or not.
    pub fn is_set(&self, path: &str) -> bool {
        self.address(path).is_some_and(|address| address != 0)
    }

    pub(crate) fn target(&self, path: &str) -> Option<u32> {
        self.file.find(self.address(path)?, self.block)
    }

    /// What a pointer points to.
    pub fn follow(&self, path: &str) -> Option<Struct<'a>> {
        Self::of_block(self.file, self.target(path)?)
    }

    /// The members of a `ListBase`. One that leads back into itself ends there, and the file is remembered as damaged.
    pub fn list(&self, path: &str) -> impl Iterator<Item = Struct<'a>> + use<'a> {
        let first = self.inner(path).and_then(|list| list.follow("first"));
        // Brent's way to find a circle: the member after 1, 2, 4, 8... steps is remembered, and met again.
        let (mut remembered, mut steps, mut until) = (first.map(|member| member.offset), 0_u64, 1_u64);
        std::iter::successors(first, move |member| {
            if !member.file.may_step() {
                return None;
            }
            // Every member of a list begins with the pointer to the next.
            let next = member.file.header().pointer(member.file.bytes(), member.offset)?;
            let next = Self::of_block(member.file, member.file.find(next, member.block)?)?;
            if Some(next.offset) == remembered {
                member.file.found_circle(member.offset);
                return None;
            }
            steps += 1;
            if steps == until {
                (remembered, steps, until) = (Some(next.offset), 0, until * 2);
            }
            Some(next)
        })
    }

    /// The name of a datablock without the two letters of its kind.
    pub fn id_name(&self) -> Option<String> {
        let raw = self.raw_text("id.name").or_else(|| self.raw_text("name"))?;
        Some(String::from_utf8_lossy(raw.bytes.get(2..)?).into_owned())
    }
}

impl std::fmt::Debug for Struct<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Struct")
            .field("kind", &self.kind())
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

/// A text field, and where it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawText<'a> {
    pub bytes: &'a [u8],
    pub offset: usize,
    /// Of the whole field, the closing zero included.
    pub size: usize,
}
