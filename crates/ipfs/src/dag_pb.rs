//! The dag-pb codec: a list of links and some bytes.
//!
//! Source: the IPLD specification of dag-pb. The canonical form has the links before the data, which no protobuf
//! library writes by itself; so the dozen lines of the format are written out here.

use crate::{block, profile::MAX_LINKS_READ};
use cid::Cid;
use unsigned_varint::{decode, encode};

const LENGTH_DELIMITED: u64 = 2;
const VARINT: u64 = 0;

/// A link to another node. `size` is the total of all blocks below it, itself included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PbLink {
    pub cid: Cid,
    pub name: String,
    pub size: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PbNode {
    pub links: Vec<PbLink>,
    pub data: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PbError {
    #[error("the node ends in the middle")]
    Truncated,
    #[error("the node is not valid dag-pb")]
    Malformed,
    #[error("the node has too many links")]
    TooManyLinks,
    #[error("the node links to something of an unknown kind")]
    Link,
}

pub fn encode(node: &PbNode) -> Vec<u8> {
    let mut out = Vec::with_capacity(node.links.len() * 56 + node.data.len() + 8);
    let mut link_bytes = Vec::with_capacity(128);
    for link in &node.links {
        link_bytes.clear();
        field(&mut link_bytes, 1, &link.cid.to_bytes());
        field(&mut link_bytes, 2, link.name.as_bytes());
        link_bytes.push((3 << 3) as u8);
        number(&mut link_bytes, link.size);
        field(&mut out, 2, &link_bytes);
    }
    field(&mut out, 1, &node.data);
    out
}

pub fn decode(bytes: &[u8]) -> Result<PbNode, PbError> {
    let mut node = PbNode::default();
    let mut rest = bytes;
    while let Some((tag, value)) = next_field(&mut rest)? {
        match (tag, value) {
            (1, Field::Bytes(data)) => node.data = data.to_vec(),
            (2, Field::Bytes(link)) => {
                if node.links.len() == MAX_LINKS_READ {
                    return Err(PbError::TooManyLinks);
                }
                node.links.push(decode_link(link)?);
            }
            _ => return Err(PbError::Malformed),
        }
    }
    Ok(node)
}

fn decode_link(bytes: &[u8]) -> Result<PbLink, PbError> {
    let (mut cid, mut name, mut size) = (None, String::new(), 0);
    let mut rest = bytes;
    while let Some(field) = next_field(&mut rest)? {
        match field {
            (1, Field::Bytes(bytes)) => match block::split_cid(bytes) {
                Ok((found, [])) => cid = Some(found),
                _ => return Err(PbError::Link),
            },
            (2, Field::Bytes(bytes)) => {
                std::str::from_utf8(bytes)
                    .map_err(|_| PbError::Malformed)?
                    .clone_into(&mut name);
            }
            (3, Field::Number(number)) => size = number,
            _ => return Err(PbError::Malformed),
        }
    }
    let cid = cid.ok_or(PbError::Link)?;
    Ok(PbLink { cid, name, size })
}

enum Field<'a> {
    Bytes(&'a [u8]),
    Number(u64),
}

fn next_field<'a>(rest: &mut &'a [u8]) -> Result<Option<(u64, Field<'a>)>, PbError> {
    if rest.is_empty() {
        return Ok(None);
    }
    let key = take_number(rest)?;
    let value = match key & 7 {
        VARINT => Field::Number(take_number(rest)?),
        LENGTH_DELIMITED => {
            let length = usize::try_from(take_number(rest)?).map_err(|_| PbError::Truncated)?;
            let (bytes, after) = rest.split_at_checked(length).ok_or(PbError::Truncated)?;
            *rest = after;
            Field::Bytes(bytes)
        }
        _ => return Err(PbError::Malformed),
    };
    Ok(Some((key >> 3, value)))
}

fn take_number(rest: &mut &[u8]) -> Result<u64, PbError> {
    let (number, after) = decode::u64(rest).map_err(|error| match error {
        decode::Error::Insufficient => PbError::Truncated,
        _ => PbError::Malformed,
    })?;
    *rest = after;
    Ok(number)
}

fn field(out: &mut Vec<u8>, tag: u64, bytes: &[u8]) {
    out.push((tag << 3 | LENGTH_DELIMITED) as u8);
    number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn number(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(encode::u64(value, &mut encode::u64_buffer()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_link() -> impl Strategy<Value = PbLink> {
        (any::<Vec<u8>>(), any::<bool>(), ".{0,20}", any::<u64>()).prop_map(|(data, raw, name, size)| PbLink {
            cid: if raw {
                block::raw_cid(&data)
            } else {
                block::node_cid(&data)
            },
            name,
            size,
        })
    }

    #[test]
    fn an_empty_folder_has_the_known_bytes() {
        // {Data: [8, 1]}: the empty UnixFS folder, the best known node of all.
        let node = PbNode {
            links: vec![],
            data: vec![8, 1],
        };
        assert_eq!(encode(&node), [0x0a, 2, 8, 1]);
        assert_eq!(
            block::node_cid(&encode(&node)).to_string(),
            "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"
        );
    }

    #[test]
    fn broken_nodes_are_refused() {
        assert_eq!(decode(&[0x0a, 5, 1]), Err(PbError::Truncated));
        assert_eq!(decode(&[0x0a, 0x80]), Err(PbError::Truncated));
        assert_eq!(decode(&[0x08, 1]), Err(PbError::Malformed));
        assert_eq!(decode(&[0x0b]), Err(PbError::Malformed));
        assert_eq!(decode(&[0x12, 0]), Err(PbError::Link));
        let link = PbLink {
            cid: block::raw_cid(b""),
            name: String::new(),
            size: 0,
        };
        let node = PbNode {
            links: vec![link; MAX_LINKS_READ + 1],
            data: vec![],
        };
        assert_eq!(decode(&encode(&node)), Err(PbError::TooManyLinks));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(links in prop::collection::vec(any_link(), 0..8), data: Vec<u8>) {
            let node = PbNode { links, data };
            prop_assert_eq!(decode(&encode(&node)), Ok(node));
        }

        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}
