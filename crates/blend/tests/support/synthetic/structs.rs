//! The structs of files made by hand: a small part of those that Blender has, and of their fields.

pub const TYPES: &[(&str, usize)] = &[("char", 1), ("short", 2), ("int", 4), ("float", 4), ("void", 0)];

/// Struct, and its fields as (type, declarator).
pub const STRUCTS: &[(&str, &[(&str, &str)])] = &[
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
