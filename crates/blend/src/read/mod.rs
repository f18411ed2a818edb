//! The reader: bytes, header, blocks, struct descriptions, fields.

mod block;
mod dna;
mod file;
mod header;
mod source;
mod structs;

pub(crate) use block::Block;
pub use file::BlendFile;
pub use source::Compression;
pub use structs::Struct;
