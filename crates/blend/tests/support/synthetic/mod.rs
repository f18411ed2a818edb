//! A small `.blend` file of any layout: pointers of 4 or 8 bytes, both byte orders, short and long block headers.

mod scenes;
mod structs;

pub use scenes::{circular, everything, linking, scene};
use structs::{STRUCTS, TYPES};

#[derive(Debug, Clone, Copy)]
pub struct Layout {
    pub pointer: usize,
    pub big: bool,
    pub large: bool,
}

pub const LAYOUTS: [Layout; 5] = [
    Layout {
        pointer: 4,
        big: false,
        large: false,
    },
    Layout {
        pointer: 4,
        big: true,
        large: false,
    },
    Layout {
        pointer: 8,
        big: false,
        large: false,
    },
    Layout {
        pointer: 8,
        big: true,
        large: false,
    },
    Layout {
        pointer: 8,
        big: false,
        large: true,
    },
];

pub struct Builder {
    layout: Layout,
    out: Vec<u8>,
}

impl Builder {
    pub fn new(layout: Layout) -> Self {
        let order = if layout.big { 'V' } else { 'v' };
        let header = if layout.large {
            format!("BLENDER17-01{order}0500")
        } else {
            format!("BLENDER{}{order}279", if layout.pointer == 4 { '_' } else { '-' })
        };
        Self {
            layout,
            out: header.into_bytes(),
        }
    }

    fn number(&self, value: u64, size: usize) -> Vec<u8> {
        let bytes = value.to_be_bytes();
        let mut short = bytes[8 - size..].to_vec();
        if !self.layout.big {
            short.reverse();
        }
        short
    }

    fn size_of(&self, kind: &str) -> usize {
        TYPES.iter().find(|(name, _)| *name == kind).map_or_else(
            || {
                let (_, fields) = STRUCTS.iter().find(|(name, _)| *name == kind).expect("a known struct");
                fields.iter().map(|(kind, name)| self.field_size(kind, name)).sum()
            },
            |(_, size)| *size,
        )
    }

    fn field_size(&self, kind: &str, name: &str) -> usize {
        let number = name
            .split(['[', ']'])
            .nth(1)
            .map_or(1, |number| number.parse().expect("a number"));
        number
            * if name.starts_with('*') {
                self.layout.pointer
            } else {
                self.size_of(kind)
            }
    }

    /// A block of one struct with the given fields set, by dotted path.
    pub fn item(&mut self, code: &str, kind: &str, address: u64, fields: &[(&str, Value)]) {
        let mut data = vec![0; self.size_of(kind)];
        for (path, value) in fields {
            let (at, size) = self.locate(kind, path);
            let bytes = match value {
                Value::Number(number) => self.number(*number, size),
                Value::Float(number) => self.number(u64::from(number.to_bits()), size),
                Value::Text(text) => text.as_bytes().to_vec(),
            };
            data[at..at + bytes.len()].copy_from_slice(&bytes);
        }
        let index = STRUCTS
            .iter()
            .position(|(name, _)| *name == kind)
            .expect("a known struct");
        self.block(code, index as u64, address, &data, 1);
    }

    /// A block without a type: an array of pointers.
    pub fn pointers(&mut self, address: u64, targets: &[u64]) {
        let data: Vec<u8> = targets
            .iter()
            .flat_map(|target| self.number(*target, self.layout.pointer))
            .collect();
        self.block("DATA", 0, address, &data, 1);
    }

    /// A block of bytes.
    pub fn raw(&mut self, address: u64, bytes: &[u8]) {
        self.block("DATA", 0, address, bytes, 1);
    }

    fn locate(&self, kind: &str, path: &str) -> (usize, usize) {
        let (name, rest) = path
            .split_once('.')
            .map_or((path, None), |(name, rest)| (name, Some(rest)));
        let (_, fields) = STRUCTS.iter().find(|(name, _)| *name == kind).expect("a known struct");
        let mut at = 0;
        for (kind, declarator) in *fields {
            let bare = declarator.trim_start_matches('*').split('[').next().expect("a name");
            if bare == name {
                return match rest {
                    Some(rest) => {
                        let (inner, size) = self.locate(kind, rest);
                        (at + inner, size)
                    }
                    None => (at, self.field_size(kind, declarator)),
                };
            }
            at += self.field_size(kind, declarator);
        }
        panic!("no field {path}");
    }

    fn block(&mut self, code: &str, kind: u64, address: u64, data: &[u8], count: u64) {
        let mut name = [0; 4];
        // Two letters are a number of 16 bits in a field of 32.
        let shift = if self.layout.big && code.len() == 2 { 2 } else { 0 };
        name[shift..shift + code.len()].copy_from_slice(code.as_bytes());
        let mut head = name.to_vec();
        let len = data.len() as u64;
        if self.layout.large {
            head.extend(self.number(kind, 4));
            head.extend(self.number(address, 8));
            head.extend(self.number(len, 8));
            head.extend(self.number(count, 8));
        } else {
            head.extend(self.number(len, 4));
            head.extend(self.number(address, self.layout.pointer));
            head.extend(self.number(kind, 4));
            head.extend(self.number(count, 4));
        }
        self.out.extend(head);
        self.out.extend(data);
    }

    fn dna(&self) -> Vec<u8> {
        let mut names: Vec<&str> = STRUCTS
            .iter()
            .flat_map(|(_, fields)| fields.iter().map(|(_, name)| *name))
            .collect();
        names.sort_unstable();
        names.dedup();
        let types: Vec<&str> = TYPES
            .iter()
            .map(|(name, _)| *name)
            .chain(STRUCTS.iter().map(|(name, _)| *name))
            .collect();
        let mut out = b"SDNA".to_vec();
        for (tag, texts) in [(b"NAME", &names), (b"TYPE", &types)] {
            out.extend(tag);
            out.extend(self.number(texts.len() as u64, 4));
            for text in texts {
                out.extend(text.as_bytes());
                out.push(0);
            }
            out.resize(out.len().next_multiple_of(4), 0);
        }
        out.extend(b"TLEN");
        for kind in &types {
            out.extend(self.number(self.size_of(kind) as u64, 2));
        }
        out.resize(out.len().next_multiple_of(4), 0);
        out.extend(b"STRC");
        out.extend(self.number(STRUCTS.len() as u64, 4));
        let index = |list: &[&str], wanted: &str| list.iter().position(|name| *name == wanted).expect("known") as u64;
        for (kind, fields) in STRUCTS {
            out.extend(self.number(index(&types, kind), 2));
            out.extend(self.number(fields.len() as u64, 2));
            for (kind, name) in *fields {
                out.extend(self.number(index(&types, kind), 2));
                out.extend(self.number(index(&names, name), 2));
            }
        }
        out
    }

    pub fn finish(mut self) -> Vec<u8> {
        let dna = self.dna();
        self.block("DNA1", 0, 0, &dna, 1);
        self.block("ENDB", 0, 0, &[], 0);
        self.out
    }
}

pub enum Value {
    Number(u64),
    Float(f32),
    Text(&'static str),
}
