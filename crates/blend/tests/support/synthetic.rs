//! A small `.blend` file of any layout: pointers of 4 or 8 bytes, both byte orders, short and long block headers.

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

const TYPES: &[(&str, usize)] = &[("char", 1), ("short", 2), ("int", 4), ("float", 4), ("void", 0)];

/// Struct, and its fields as (type, declarator).
const STRUCTS: &[(&str, &[(&str, &str)])] = &[
    ("ListBase", &[("void", "*first"), ("void", "*last")]),
    (
        "ID",
        &[
            ("void", "*next"),
            ("void", "*prev"),
            ("Library", "*lib"),
            ("char", "name[66]"),
            ("char", "_pad[6]"),
            ("IDProperty", "*properties"),
        ],
    ),
    (
        "FileGlobal",
        &[
            ("short", "subversion"),
            ("short", "minversion"),
            ("int", "_pad"),
            ("Scene", "*curscene"),
        ],
    ),
    ("ImageFormatData", &[("char", "imtype"), ("char", "_pad[7]")]),
    (
        "RenderData",
        &[
            ("ImageFormatData", "im_format"),
            ("int", "sfra"),
            ("int", "efra"),
            ("int", "frame_step"),
            ("int", "xsch"),
            ("int", "ysch"),
            ("short", "size"),
            ("short", "frs_sec"),
            ("float", "frs_sec_base"),
            ("char", "engine[32]"),
            ("char", "_pad[4]"),
        ],
    ),
    (
        "Scene",
        &[
            ("ID", "id"),
            ("Object", "*camera"),
            ("RenderData", "r"),
            ("ListBase", "markers"),
            ("Editing", "*ed"),
        ],
    ),
    (
        "TimeMarker",
        &[
            ("TimeMarker", "*next"),
            ("TimeMarker", "*prev"),
            ("int", "frame"),
            ("char", "name[64]"),
            ("int", "flag"),
            ("Object", "*camera"),
        ],
    ),
    (
        "Object",
        &[
            ("ID", "id"),
            ("Image", "*image"),
            ("Material", "**mat"),
            ("ListBase", "modifiers"),
            ("ListBase", "particlesystem"),
            ("short", "type"),
            ("short", "_pad[3]"),
        ],
    ),
    (
        "Image",
        &[
            ("ID", "id"),
            ("char", "name[96]"),
            ("short", "source"),
            ("short", "_pad[3]"),
            ("PackedFile", "*packedfile"),
            ("ListBase", "tiles"),
        ],
    ),
    ("Material", &[("ID", "id"), ("Image", "*image")]),
    ("PackedFile", &[("int", "size"), ("int", "seek"), ("void", "*data")]),
    (
        "ImageTile",
        &[
            ("ImageTile", "*next"),
            ("ImageTile", "*prev"),
            ("int", "tile_number"),
            ("int", "_pad"),
        ],
    ),
    (
        "IDPropertyData",
        &[
            ("void", "*pointer"),
            ("ListBase", "group"),
            ("int", "val"),
            ("int", "val2"),
        ],
    ),
    (
        "IDProperty",
        &[
            ("IDProperty", "*next"),
            ("IDProperty", "*prev"),
            ("char", "type"),
            ("char", "subtype"),
            ("short", "flag"),
            ("char", "name[64]"),
            ("int", "saved"),
            ("IDPropertyData", "data"),
        ],
    ),
    (
        "Mesh",
        &[
            ("ID", "id"),
            ("int", "totvert"),
            ("int", "totpoly"),
            ("int", "totloop"),
            ("int", "_pad"),
        ],
    ),
    (
        "bSound",
        &[("ID", "id"), ("char", "name[96]"), ("PackedFile", "*packedfile")],
    ),
    (
        "VFont",
        &[("ID", "id"), ("char", "name[96]"), ("PackedFile", "*packedfile")],
    ),
    (
        "MovieClip",
        &[("ID", "id"), ("char", "name[96]"), ("int", "source"), ("int", "_pad")],
    ),
    (
        "Volume",
        &[
            ("ID", "id"),
            ("char", "filepath[96]"),
            ("char", "is_sequence"),
            ("char", "_pad[7]"),
        ],
    ),
    (
        "CacheFile",
        &[
            ("ID", "id"),
            ("char", "filepath[96]"),
            ("char", "is_sequence"),
            ("char", "_pad[7]"),
        ],
    ),
    ("Text", &[("ID", "id"), ("int", "flags"), ("int", "_pad")]),
    (
        "bNode",
        &[
            ("bNode", "*next"),
            ("bNode", "*prev"),
            ("char", "idname[64]"),
            ("void", "*storage"),
        ],
    ),
    ("NodeShaderTexIES", &[("int", "mode"), ("char", "filepath[96]")]),
    (
        "NodeShaderScript",
        &[("int", "mode"), ("int", "flag"), ("char", "filepath[96]")],
    ),
    ("CustomDataExternal", &[("char", "filename[96]")]),
    (
        "ModifierData",
        &[
            ("ModifierData", "*next"),
            ("ModifierData", "*prev"),
            ("int", "type"),
            ("int", "mode"),
            ("char", "name[64]"),
        ],
    ),
    (
        "MeshCacheModifierData",
        &[("ModifierData", "modifier"), ("char", "filepath[96]")],
    ),
    (
        "OceanModifierData",
        &[
            ("ModifierData", "modifier"),
            ("char", "cachepath[96]"),
            ("char", "cached"),
            ("char", "_pad[7]"),
        ],
    ),
    (
        "FluidModifierData",
        &[
            ("ModifierData", "modifier"),
            ("FluidDomainSettings", "*domain"),
            ("int", "type"),
            ("int", "_pad"),
        ],
    ),
    (
        "FluidDomainSettings",
        &[("char", "cache_directory[96]"), ("int", "cache_flag"), ("int", "_pad")],
    ),
    (
        "ClothModifierData",
        &[("ModifierData", "modifier"), ("PointCache", "*point_cache")],
    ),
    (
        "PointCache",
        &[
            ("PointCache", "*next"),
            ("PointCache", "*prev"),
            ("int", "flag"),
            ("char", "path[96]"),
            ("int", "_pad"),
        ],
    ),
    (
        "ParticleSystem",
        &[
            ("ParticleSystem", "*next"),
            ("ParticleSystem", "*prev"),
            ("PointCache", "*pointcache"),
        ],
    ),
    (
        "NodesModifierData",
        &[
            ("ModifierData", "modifier"),
            ("bNodeTree", "*node_group"),
            ("char", "*simulation_bake_directory"),
            ("NodesModifierBake", "*bakes"),
            ("int", "bakes_num"),
            ("int", "_pad"),
        ],
    ),
    (
        "NodesModifierBake",
        &[
            ("int", "id"),
            ("int", "flag"),
            ("char", "bake_target"),
            ("char", "_pad[7]"),
            ("char", "*directory"),
        ],
    ),
    ("bNodeTree", &[("ID", "id"), ("ListBase", "nodes")]),
    ("Editing", &[("ListBase", "seqbase")]),
    (
        "Sequence",
        &[
            ("Sequence", "*next"),
            ("Sequence", "*prev"),
            ("int", "type"),
            ("int", "_pad"),
            ("Strip", "*strip"),
        ],
    ),
    ("Strip", &[("StripElem", "*stripdata"), ("char", "dir[96]")]),
    ("StripElem", &[("char", "name[64]")]),
    (
        "ChannelDriver",
        &[
            ("ListBase", "variables"),
            ("char", "expression[64]"),
            ("int", "type"),
            ("int", "_pad"),
        ],
    ),
    (
        "DriverVar",
        &[("DriverVar", "*next"), ("DriverVar", "*prev"), ("char", "name[64]")],
    ),
    ("Library", &[("ID", "id"), ("char", "name[96]")]),
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

/// One scene with a camera, two images that it needs and one that nothing needs.
pub fn scene(layout: Layout) -> Vec<u8> {
    use Value::{Float, Number, Text};
    let mut file = Builder::new(layout);
    file.item(
        "GLOB",
        "FileGlobal",
        0x10,
        &[
            ("subversion", Number(3)),
            ("minversion", Number(270)),
            ("curscene", Number(0x200)),
        ],
    );
    file.item(
        "SC",
        "Scene",
        0x200,
        &[
            ("id.name", Text("SCShot")),
            ("camera", Number(0x300)),
            ("r.im_format.imtype", Number(17)),
            ("r.sfra", Number(5)),
            ("r.efra", Number(9)),
            ("r.frame_step", Number(2)),
            ("r.xsch", Number(640)),
            ("r.ysch", Number(360)),
            ("r.size", Number(50)),
            ("r.frs_sec", Number(30)),
            ("r.frs_sec_base", Float(1.5)),
            ("r.engine", Text("CYCLES")),
        ],
    );
    file.item(
        "OB",
        "Object",
        0x300,
        &[
            ("id.name", Text("OBEye")),
            ("type", Number(11)),
            ("image", Number(0x400)),
            ("mat", Number(0x380)),
        ],
    );
    file.pointers(0x380, &[0, 0x500]);
    file.item(
        "IM",
        "Image",
        0x400,
        &[
            ("id.name", Text("IMa")),
            ("name", Text("//tex\\a.png")),
            ("source", Number(1)),
        ],
    );
    file.item(
        "MA",
        "Material",
        0x500,
        &[("id.name", Text("MAPaint")), ("image", Number(0x600))],
    );
    file.item(
        "IM",
        "Image",
        0x600,
        &[
            ("id.name", Text("IMb")),
            ("name", Text("//b.png")),
            ("source", Number(1)),
        ],
    );
    file.item(
        "IM",
        "Image",
        0x700,
        &[
            ("id.name", Text("IMc")),
            ("name", Text("//c.png")),
            ("source", Number(1)),
        ],
    );
    file.finish()
}

/// A scene with one of nearly everything that the reader looks for: what a fuzzer starts from.
pub fn everything(layout: Layout) -> Vec<u8> {
    use Value::{Number, Text};
    let mut file = Builder::new(layout);
    file.item("GLOB", "FileGlobal", 0x10, &[("curscene", Number(0x200))]);
    let scene = [
        ("id.name", Text("SCShot")),
        ("id.properties", Number(0x210)),
        ("camera", Number(0x300)),
        ("markers.first", Number(0x240)),
        ("ed", Number(0x250)),
        ("r.engine", Text("CYCLES")),
    ];
    file.item("SC", "Scene", 0x200, &scene);
    file.item(
        "DATA",
        "IDProperty",
        0x210,
        &[("type", Number(6)), ("data.group.first", Number(0x220))],
    );
    let cycles = [
        ("name", Text("cycles")),
        ("type", Number(6)),
        ("data.group.first", Number(0x230)),
    ];
    file.item("DATA", "IDProperty", 0x220, &cycles);
    file.item(
        "DATA",
        "IDProperty",
        0x230,
        &[("name", Text("samples")), ("type", Number(1)), ("data.val", Number(64))],
    );
    file.item(
        "DATA",
        "TimeMarker",
        0x240,
        &[("camera", Number(0x300)), ("name", Text("cut"))],
    );
    file.item("DATA", "Editing", 0x250, &[("seqbase.first", Number(0x260))]);
    for (number, kind) in [(0, 0), (1, 3), (2, 4)] {
        let at = 0x260 + number * 0x10;
        let next = if number < 2 { at + 0x10 } else { 0 };
        let strip = [
            ("next", Number(next)),
            ("type", Number(kind)),
            ("strip", Number(0x290 + number * 4)),
        ];
        file.item("DATA", "Sequence", at, &strip);
        let data = [("dir", Text("//plates/")), ("stripdata", Number(0x2a0 + number))];
        file.item("DATA", "Strip", 0x290 + number * 4, &data);
        file.item("DATA", "StripElem", 0x2a0 + number, &[("name", Text("p1.png"))]);
    }
    file.item(
        "OB",
        "Object",
        0x300,
        &[
            ("id.name", Text("OBEye")),
            ("type", Number(11)),
            ("image", Number(0x500)),
            ("mat", Number(0x310)),
            ("modifiers.first", Number(0x320)),
            ("particlesystem.first", Number(0x3b0)),
        ],
    );
    file.pointers(0x310, &[0, 0x400]);
    let modifier = |next: u64| [("modifier.next", Number(next)), ("modifier.mode", Number(3))];
    let mut with = |kind: &str, at: u64, next: u64, fields: Vec<(&str, Value)>| {
        let all: Vec<_> = modifier(next).into_iter().chain(fields).collect();
        file.item("DATA", kind, at, &all);
    };
    with(
        "MeshCacheModifierData",
        0x320,
        0x330,
        vec![("filepath", Text("//points.pc2"))],
    );
    with("OceanModifierData", 0x330, 0x340, vec![("cachepath", Text("//waves"))]);
    with(
        "FluidModifierData",
        0x340,
        0x350,
        vec![("domain", Number(0x348)), ("type", Number(1))],
    );
    with("ClothModifierData", 0x350, 0x360, vec![("point_cache", Number(0x358))]);
    let nodes = [
        ("node_group", Number(0x700)),
        ("simulation_bake_directory", Number(0x368)),
        ("bakes", Number(0x370)),
    ];
    with("NodesModifierData", 0x360, 0, nodes.into());
    file.item(
        "DATA",
        "FluidDomainSettings",
        0x348,
        &[("cache_directory", Text("//fluid"))],
    );
    file.item("DATA", "PointCache", 0x358, &[("flag", Number(1 << 6))]);
    file.raw(0x368, b"//bakes\0");
    file.item("DATA", "NodesModifierBake", 0x370, &[("id", Number(7))]);
    file.item("DATA", "ParticleSystem", 0x3b0, &[("pointcache", Number(0x3b8))]);
    let external = [("flag", Number(1 << 9)), ("path", Text("//cache"))];
    file.item("DATA", "PointCache", 0x3b8, &external);
    let driver = [
        ("variables.first", Number(0x3d0)),
        ("expression", Text("var * bpy.x")),
        ("type", Number(1)),
    ];
    file.item("DATA", "ChannelDriver", 0x3c0, &driver);
    file.item("DATA", "DriverVar", 0x3d0, &[("name", Text("var"))]);
    file.item(
        "MA",
        "Material",
        0x400,
        &[("id.name", Text("MAPaint")), ("image", Number(0x540))],
    );
    file.item(
        "DATA",
        "NodeShaderTexIES",
        0x410,
        &[("mode", Number(1)), ("filepath", Text("//lamp.ies"))],
    );
    file.item(
        "DATA",
        "NodeShaderScript",
        0x420,
        &[("mode", Number(1)), ("filepath", Text("//s.osl"))],
    );
    for (at, name, path, source) in [
        (0x500, "IMa", "//tex\\a.png", 1),
        (0x510, "IMb", "//seq/b_0001.png", 2),
        (0x520, "IMc", "//film.mp4", 3),
        (0x530, "IMd", "//skin.<UDIM>.png", 6),
        (0x540, "IMe", "C:\\tex\\e.png", 1),
    ] {
        let image = [
            ("id.name", Text(name)),
            ("name", Text(path)),
            ("source", Number(source)),
            ("packedfile", Number(if at == 0x540 { 0x560 } else { 0 })),
            ("tiles.first", Number(if at == 0x530 { 0x550 } else { 0 })),
        ];
        file.item("IM", "Image", at, &image);
    }
    file.item("DATA", "ImageTile", 0x550, &[("tile_number", Number(1002))]);
    file.item(
        "DATA",
        "PackedFile",
        0x560,
        &[("size", Number(24)), ("data", Number(0x568))],
    );
    file.raw(0x568, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x08\0\0\0\x08");
    file.item("ME", "Mesh", 0x600, &[("id.name", Text("MEm")), ("totvert", Number(8))]);
    file.item(
        "DATA",
        "CustomDataExternal",
        0x610,
        &[("filename", Text("//detail.btx"))],
    );
    file.item(
        "SO",
        "bSound",
        0x620,
        &[("id.name", Text("SOs")), ("name", Text("//s.wav"))],
    );
    file.item(
        "VF",
        "VFont",
        0x630,
        &[("id.name", Text("VFf")), ("name", Text("<builtin>"))],
    );
    file.item(
        "MC",
        "MovieClip",
        0x640,
        &[("id.name", Text("MCc")), ("name", Text("//shot.0001.png"))],
    );
    file.item(
        "VO",
        "Volume",
        0x650,
        &[("id.name", Text("VOv")), ("filepath", Text("//v_01.vdb"))],
    );
    file.item(
        "CF",
        "CacheFile",
        0x660,
        &[("id.name", Text("CFc")), ("filepath", Text("//c.abc"))],
    );
    file.item("TX", "Text", 0x670, &[("id.name", Text("TXt")), ("flags", Number(16))]);
    let tree = [("id.name", Text("NTg")), ("nodes.first", Number(0x710))];
    file.item("NT", "bNodeTree", 0x700, &tree);
    file.item(
        "DATA",
        "bNode",
        0x710,
        &[("idname", Text("GeometryNodeSimulationOutput"))],
    );
    file.item(
        "LI",
        "Library",
        0x800,
        &[("id.name", Text("LIl")), ("name", Text("//l.blend"))],
    );
    file.item("ID", "ID", 0x810, &[("name", Text("OBlinked")), ("lib", Number(0x800))]);
    file.finish()
}

/// A scene whose third marker is followed by the second.
pub fn circular(layout: Layout) -> Vec<u8> {
    use Value::{Number, Text};
    let mut file = Builder::new(layout);
    file.item(
        "SC",
        "Scene",
        0x200,
        &[("id.name", Text("SCShot")), ("markers.first", Number(0x300))],
    );
    for (address, next) in [(0x300, 0x400), (0x400, 0x500), (0x500, 0x400)] {
        file.item("DATA", "TimeMarker", address, &[("next", Number(next))]);
    }
    file.finish()
}

/// A scene without pictures whose camera is linked from `library`, which is given as stored.
pub fn linking(layout: Layout, library: &'static str) -> Vec<u8> {
    use Value::{Number, Text};
    let mut file = Builder::new(layout);
    file.item("GLOB", "FileGlobal", 0x10, &[("curscene", Number(0x200))]);
    file.item(
        "SC",
        "Scene",
        0x200,
        &[("id.name", Text("SCShot")), ("camera", Number(0x300))],
    );
    // What is linked, beside what is not.
    file.item(
        "OB",
        "Object",
        0x900,
        &[
            ("id.name", Text("OBEye")),
            ("image", Number(0xa00)),
            ("mat", Number(0x980)),
        ],
    );
    file.pointers(0x980, &[0x300]);
    file.item(
        "IM",
        "Image",
        0xa00,
        &[
            ("id.name", Text("IMown")),
            ("name", Text("//own.png")),
            ("source", Number(1)),
        ],
    );
    file.item(
        "LI",
        "Library",
        0x800,
        &[("id.name", Text("LIother")), ("name", Text(library))],
    );
    file.item("ID", "ID", 0x300, &[("name", Text("OBEye")), ("lib", Number(0x800))]);
    file.finish()
}
