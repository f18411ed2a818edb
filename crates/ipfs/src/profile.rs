//! The numbers of the `unixfs-v1-2025` profile, and the limits within which a stranger's tree is read.

/// Files are cut into chunks of this size.
pub const CHUNK_BYTES: u64 = 1 << 20;
/// Children of one file node.
pub const MAX_LINKS: usize = 1024;
/// Kubo turns a folder into a sharded one when the names and CIDs of its entries take more than this; its CID would
/// no longer be the one computed here.
pub const MAX_DIRECTORY_BYTES: usize = 256 << 10;

/// Largest block that is stored or accepted. (Trustless gateway specification.)
pub const MAX_BLOCK_BYTES: usize = 2 << 20;
/// Links of one node that are read. Folders of other importers may hold more than [`MAX_LINKS`].
pub const MAX_LINKS_READ: usize = 16_384;
/// Folders inside folders.
pub const MAX_DEPTH: usize = 32;
/// Levels of nodes above the chunks of a file; three levels of 1024 already hold a pebibyte.
pub const MAX_FILE_LEVELS: usize = 8;
/// Files and folders of one tree.
pub const MAX_ENTRIES: usize = 200_000;
/// Blocks that are visited for one tree; a tebibyte in the profile's chunks is about a million.
pub const MAX_BLOCKS: usize = 4_000_000;
