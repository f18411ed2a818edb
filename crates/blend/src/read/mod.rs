//! The reader: bytes, header, blocks, struct descriptions, fields.

mod block;
mod dna;
mod file;
mod frames;
mod gather;
mod guess;
mod header;
mod id_property;
mod index;
mod source;
mod structs;
mod unfold;
mod walk;

pub(crate) use dna::PointerField;
pub use file::BlendFile;
pub(crate) use gather::Pointer;
pub(crate) use id_property::Properties;
pub use source::Compression;
pub(crate) use structs::RawText;
pub use structs::Struct;
