use crate::report::DependencyKind;

/// One place of one file that names a file outside it.
#[derive(Debug, Clone)]
pub(crate) struct Mention {
    pub kind: DependencyKind,
    /// The bytes as stored; of a strip, its folder and first file joined.
    pub stored: Vec<u8>,
    /// The data is inside the .blend file.
    pub packed: bool,
    /// Block of the datablock that holds it.
    pub owner: u32,
    pub set: Set,
    pub place: Place,
}

impl Mention {
    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        let set = match &self.set {
            Set::Names(names) => names.iter().map(|name| name.len() + 64).sum(),
            Set::Tiles(tiles) => tiles.len() * 4,
            _ => 0,
        };
        self.stored.len() + set + 128
    }
}

/// What the files of a cache look like. Carrying all of a folder would be too much: a scene by a stranger may name any
/// folder of the computer.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Cache {
    pub endings: &'static [&'static str],
    /// Folders below the one that is named.
    pub depth: u32,
}

impl Cache {
    pub const POINTS: Self = Self {
        endings: &["bphys"],
        depth: 0,
    };
    pub const FLUID: Self = Self {
        endings: &["vdb", "uni", "raw", "gz", "bobj"],
        depth: 1,
    };
    pub const OCEAN: Self = Self {
        endings: &["exr"],
        depth: 0,
    };
    /// A folder for each bake, with `meta` and `blobs` in it.
    pub const BAKE: Self = Self {
        endings: &["json", "blob"],
        depth: 2,
    };
}

/// How many files one stored path stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Set {
    Single,
    /// The number in the name counts frames.
    Numbered,
    /// `<UDIM>`, `<UVTILE>` or a number from 1001 in the name, for these tiles.
    Tiles(Vec<u32>),
    /// Files of one folder, named one by one.
    Names(Vec<Vec<u8>>),
    /// Those files of a folder that can belong to a cache.
    Folder(&'static Cache),
    /// Those files of a folder that belong to a disk cache beside the .blend file. Its name follows from the name
    /// of the .blend file and is stored nowhere.
    CacheBeside,
}

/// Where the path is written, to be written anew.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// A field of fixed size.
    Field(Spot),
    /// A folder in one field, each name in its own.
    Split { folder: Spot, names: Vec<Spot> },
    /// A text in a block of its own.
    Behind { block: u32 },
    /// Nowhere: the path follows from something else.
    Implied,
}

/// Bytes of the uncompressed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    pub offset: usize,
    pub size: usize,
}
