//! UnixFS: files and folders as nodes.
//!
//! Source: the UnixFS specification of IPFS (`unixfs.proto`). Mode and modification time are neither written nor read.

use crate::{
    block::{self, DAG_PB, RAW},
    cbor::CborError,
    dag_pb::{self, PbError, PbLink, PbNode},
    hamt::Shard,
};
use cid::Cid;
use prost::Message;

/// The message in a node's data field.
#[derive(Clone, PartialEq, Message)]
struct Record {
    #[prost(enumeration = "Kind", required, tag = "1")]
    kind: i32,
    #[prost(bytes = "vec", optional, tag = "2")]
    data: Option<Vec<u8>>,
    #[prost(uint64, optional, tag = "3")]
    filesize: Option<u64>,
    #[prost(uint64, repeated, packed = "false", tag = "4")]
    blocksizes: Vec<u64>,
    #[prost(uint64, optional, tag = "5")]
    hash_type: Option<u64>,
    #[prost(uint64, optional, tag = "6")]
    fanout: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
enum Kind {
    Raw = 0,
    Directory = 1,
    File = 2,
    Metadata = 3,
    Symlink = 4,
    Shard = 5,
}

/// A block, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// The bytes of (a part of) a file.
    Leaf(Vec<u8>),
    /// A file in parts, in order.
    File { size: u64, parts: Vec<Part> },
    /// A folder, in the order of its block.
    Directory(Vec<Entry>),
    /// A large folder, or a piece of one.
    Shard(Shard),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub cid: Cid,
    /// Bytes of file content, at least one.
    pub size: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub cid: Cid,
    /// As the folder claims it: all blocks below, nodes included.
    pub size: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NodeError {
    #[error(transparent)]
    DagPb(#[from] PbError),
    #[error("the node is not valid UnixFS")]
    Malformed,
    #[error("the sizes that the node gives for its parts do not add up")]
    Sizes,
    #[error("symbolic links are not followed")]
    Symlink,
    #[error("the node is not a valid shard of a folder")]
    Shard,
    #[error("the block is neither a file nor a folder")]
    Codec,
    #[error(transparent)]
    DagCbor(#[from] CborError),
}

/// Reads a block whose bytes were already checked against its CID.
pub fn decode(cid: &Cid, bytes: Vec<u8>) -> Result<Node, NodeError> {
    match cid.codec() {
        RAW => Ok(Node::Leaf(bytes)),
        DAG_PB => interpret(dag_pb::decode(&bytes)?),
        _ => Err(NodeError::Codec),
    }
}

/// What a node of dag-pb means.
pub(crate) fn interpret(node: PbNode) -> Result<Node, NodeError> {
    let data = Record::decode(node.data.as_slice()).map_err(|_| NodeError::Malformed)?;
    match Kind::try_from(data.kind) {
        Ok(Kind::Directory) => Ok(Node::Directory(
            node.links
                .into_iter()
                .map(|PbLink { cid, name, size }| Entry { name, cid, size })
                .collect(),
        )),
        Ok(Kind::File | Kind::Raw) => file(&node.links, data),
        Ok(Kind::Symlink) => Err(NodeError::Symlink),
        Ok(Kind::Shard) => Shard::new(data.fanout, data.hash_type, &node.links).map(Node::Shard),
        Ok(Kind::Metadata) | Err(_) => Err(NodeError::Malformed),
    }
}

fn file(links: &[PbLink], data: Record) -> Result<Node, NodeError> {
    let bytes = data.data.unwrap_or_default();
    if links.is_empty() {
        let whole = data.blocksizes.is_empty() && data.filesize.is_none_or(|size| size == bytes.len() as u64);
        return if whole {
            Ok(Node::Leaf(bytes))
        } else {
            Err(NodeError::Sizes)
        };
    }
    // Content both here and below is allowed by the format, but no importer in use writes it. An empty part would let
    // a small tree be walked for ever.
    if !bytes.is_empty() || links.len() != data.blocksizes.len() || data.blocksizes.contains(&0) {
        return Err(NodeError::Sizes);
    }
    let sum = data
        .blocksizes
        .iter()
        .try_fold(0u64, |sum, size| sum.checked_add(*size))
        .ok_or(NodeError::Sizes)?;
    if data.filesize != Some(sum) {
        return Err(NodeError::Sizes);
    }
    let parts = links
        .iter()
        .zip(&data.blocksizes)
        .map(|(link, size)| Part {
            cid: link.cid,
            size: *size,
        })
        .collect();
    Ok(Node::File { size: sum, parts })
}

/// A finished subtree, as its parent refers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subtree {
    pub cid: Cid,
    /// Bytes of file content.
    pub content: u64,
    /// Bytes of all blocks below, itself included.
    pub total: u64,
}

/// An encoded node and the subtree it heads.
pub(crate) struct Encoded {
    pub subtree: Subtree,
    pub bytes: Vec<u8>,
}

/// The node above some parts of a file.
pub(crate) fn encode_file(parts: &[Subtree]) -> Encoded {
    let data = Record {
        kind: Kind::File as i32,
        data: None,
        filesize: Some(parts.iter().map(|part| part.content).sum()),
        blocksizes: parts.iter().map(|part| part.content).collect(),
        ..Record::default()
    };
    let links = parts.iter().map(|part| (String::new(), part)).collect();
    encode(links, &data)
}

/// A folder. `entries` are sorted here, by the bytes of their names.
pub(crate) fn encode_directory(entries: &[(String, Subtree)]) -> Encoded {
    let data = Record {
        kind: Kind::Directory as i32,
        ..Record::default()
    };
    let mut links: Vec<_> = entries.iter().map(|(name, subtree)| (name.clone(), subtree)).collect();
    links.sort_by(|a, b| a.0.cmp(&b.0));
    encode(links, &data)
}

fn encode(links: Vec<(String, &Subtree)>, data: &Record) -> Encoded {
    let below: u64 = links.iter().map(|(_, subtree)| subtree.total).sum();
    let content = links.iter().map(|(_, subtree)| subtree.content).sum();
    let links = links
        .into_iter()
        .map(|(name, subtree)| PbLink {
            cid: subtree.cid,
            name,
            size: subtree.total,
        })
        .collect();
    let bytes = dag_pb::encode(&PbNode {
        links,
        data: data.encode_to_vec(),
    });
    Encoded {
        subtree: Subtree {
            cid: block::node_cid(&bytes),
            content,
            total: below + bytes.len() as u64,
        },
        bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn leaf(bytes: &[u8]) -> Subtree {
        let size = bytes.len() as u64;
        Subtree {
            cid: block::raw_cid(bytes),
            content: size,
            total: size,
        }
    }

    fn node(data: &Record, links: Vec<PbLink>) -> (Cid, Vec<u8>) {
        let bytes = dag_pb::encode(&PbNode {
            links,
            data: data.encode_to_vec(),
        });
        (block::node_cid(&bytes), bytes)
    }

    #[test]
    fn files_and_folders_are_read_back() {
        let parts = [leaf(b"hello "), leaf(b"world")];
        let encoded = encode_file(&parts);
        assert_eq!(encoded.subtree.content, 11);
        assert_eq!(encoded.subtree.total, 11 + encoded.bytes.len() as u64);
        let Ok(Node::File { size: 11, parts: read }) = decode(&encoded.subtree.cid, encoded.bytes) else {
            panic!("not a file");
        };
        assert_eq!(
            read[0],
            Part {
                cid: parts[0].cid,
                size: 6
            }
        );

        let folder = encode_directory(&[("b".into(), leaf(b"2")), ("a".into(), leaf(b"1"))]);
        let Ok(Node::Directory(entries)) = decode(&folder.subtree.cid, folder.bytes) else {
            panic!("not a folder");
        };
        assert_eq!(
            entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(),
            ["a", "b"]
        );
    }

    #[test]
    fn a_small_file_of_another_importer_is_a_leaf() {
        let data = Record {
            kind: Kind::File as i32,
            data: Some(b"hi".to_vec()),
            filesize: Some(2),
            ..Record::default()
        };
        let (cid, bytes) = node(&data, vec![]);
        assert_eq!(decode(&cid, bytes), Ok(Node::Leaf(b"hi".to_vec())));
    }

    #[test]
    fn lies_about_sizes_are_refused() {
        let link = |bytes: &[u8]| PbLink {
            cid: block::raw_cid(bytes),
            name: String::new(),
            size: 0,
        };
        let sizes = |filesize, blocksizes: &[u64], links| {
            let data = Record {
                kind: Kind::File as i32,
                data: None,
                filesize,
                blocksizes: blocksizes.to_vec(),
                ..Record::default()
            };
            let (cid, bytes) = node(&data, links);
            decode(&cid, bytes)
        };
        assert_eq!(sizes(Some(3), &[2], vec![link(b"hi")]), Err(NodeError::Sizes));
        assert_eq!(sizes(None, &[2], vec![link(b"hi")]), Err(NodeError::Sizes));
        assert_eq!(
            sizes(Some(2), &[2, 0], vec![link(b"hi"), link(b"")]),
            Err(NodeError::Sizes)
        );
        assert_eq!(sizes(Some(2), &[2], vec![]), Err(NodeError::Sizes));
        assert_eq!(
            sizes(Some(1), &[u64::MAX, 2], vec![link(b"a"), link(b"b")]),
            Err(NodeError::Sizes)
        );
        assert!(sizes(Some(2), &[2], vec![link(b"hi")]).is_ok());
    }

    #[test]
    fn what_is_neither_a_file_nor_a_folder_is_refused() {
        let of = |kind: Kind| {
            let (cid, bytes) = node(
                &Record {
                    kind: kind as i32,
                    ..Record::default()
                },
                vec![],
            );
            decode(&cid, bytes)
        };
        assert_eq!(of(Kind::Symlink), Err(NodeError::Symlink));
        // Without a fanout and a hash function.
        assert_eq!(of(Kind::Shard), Err(NodeError::Shard));
        assert_eq!(of(Kind::Metadata), Err(NodeError::Malformed));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>, wrapped: Vec<u8>) {
            let cid = block::node_cid(&bytes);
            let _ = decode(&cid, bytes);
            let _ = decode(&cid, dag_pb::encode(&PbNode { links: vec![], data: wrapped }));
        }
    }
}
