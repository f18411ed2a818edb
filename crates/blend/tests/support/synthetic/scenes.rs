//! Scenes made by hand.

use super::{Builder, Layout, Value};

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
    image(&mut file, 0x400, "IMa", "//tex\\a.png");
    file.item(
        "MA",
        "Material",
        0x500,
        &[("id.name", Text("MAPaint")), ("image", Number(0x600))],
    );
    image(&mut file, 0x600, "IMb", "//b.png");
    image(&mut file, 0x700, "IMc", "//c.png");
    file.finish()
}

/// An image from a single file.
fn image(file: &mut Builder, address: u64, name: &'static str, path: &'static str) {
    use Value::{Number, Text};
    let fields = [("id.name", Text(name)), ("name", Text(path)), ("source", Number(1))];
    file.item("IM", "Image", address, &fields);
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
    image(&mut file, 0xa00, "IMown", "//own.png");
    file.item(
        "LI",
        "Library",
        0x800,
        &[("id.name", Text("LIother")), ("name", Text(library))],
    );
    file.item("ID", "ID", 0x300, &[("name", Text("OBEye")), ("lib", Number(0x800))]);
    file.finish()
}
