//! What a block points to, whatever it means.

use crate::{
    block::{DAG_CBOR, DAG_PB, RAW},
    cbor, dag_pb,
    unixfs::{self, Node, NodeError},
};
use cid::Cid;

/// A block below another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Child {
    pub cid: Cid,
    /// Bytes of content below it, where its parent is a part of a file and says so.
    pub content: Option<u64>,
}

/// The children of a block in its order. A node of dag-pb that is not of UnixFS has children as well.
pub(crate) fn children(cid: &Cid, bytes: &[u8]) -> Result<Vec<Child>, NodeError> {
    let plain = |cid| Child { cid, content: None };
    match cid.codec() {
        RAW => Ok(Vec::new()),
        DAG_CBOR => Ok(cbor::links(bytes)?.into_iter().map(plain).collect()),
        DAG_PB => {
            let node = dag_pb::decode(bytes)?;
            let cids: Vec<Cid> = node.links.iter().map(|link| link.cid).collect();
            Ok(match unixfs::interpret(node) {
                Ok(Node::File { parts, .. }) => parts
                    .iter()
                    .map(|part| Child {
                        cid: part.cid,
                        content: Some(part.size),
                    })
                    .collect(),
                _ => cids.into_iter().map(plain).collect(),
            })
        }
        _ => Err(NodeError::Codec),
    }
}
