//! Folders in shards: large ones of other importers.
//!
//! Source: the UnixFS specification of IPFS, "HAMTDirectory". A folder is a tree of nodes; the bits of a name's hash
//! say which link to take in each. A link's name begins with the number of its slot in hex; the rest is the name of an
//! entry, or nothing when the link leads to the next shard.

use crate::{
    dag_pb::PbLink,
    profile::MAX_ENTRIES,
    store::BlockStore,
    tree::TreeError,
    unixfs::{Entry, Node, NodeError},
};
use cid::Cid;

/// Multicodec of murmur3-x64-64, the only hash function in use.
const MURMUR3: u64 = 0x22;
/// Slots of one shard.
const MIN_FANOUT: u64 = 8;
const MAX_FANOUT: u64 = 1024;

/// One node of a sharded folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// Bits of the hash that choose a slot.
    bits: u32,
    /// In the order of the slots, which is that of the block.
    links: Vec<ShardLink>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardLink {
    slot: u64,
    pub target: Target,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Entry(Entry),
    Shard(Cid),
}

impl Target {
    pub fn cid(&self) -> Cid {
        match self {
            Self::Entry(entry) => entry.cid,
            Self::Shard(cid) => *cid,
        }
    }
}

impl Shard {
    pub(crate) fn new(fanout: Option<u64>, hash: Option<u64>, links: &[PbLink]) -> Result<Self, NodeError> {
        let fanout = fanout
            .filter(|fanout| fanout.is_power_of_two() && (MIN_FANOUT..=MAX_FANOUT).contains(fanout))
            .ok_or(NodeError::Shard)?;
        if hash != Some(MURMUR3) {
            return Err(NodeError::Shard);
        }
        let digits = format!("{:X}", fanout - 1).len();
        let mut read: Vec<ShardLink> = Vec::with_capacity(links.len().min(MAX_FANOUT as usize));
        for link in links {
            let link = read_link(link, digits, fanout)?;
            // Rising numbers: each slot once, and no more links than slots.
            if read.last().is_some_and(|before| before.slot >= link.slot) {
                return Err(NodeError::Shard);
            }
            read.push(link);
        }
        Ok(Self {
            bits: fanout.trailing_zeros(),
            links: read,
        })
    }

    pub fn links(&self) -> &[ShardLink] {
        &self.links
    }

    fn at(&self, slot: u64) -> Option<&Target> {
        let place = self.links.binary_search_by_key(&slot, |link| link.slot).ok()?;
        Some(&self.links[place].target)
    }
}

fn read_link(link: &PbLink, digits: usize, fanout: u64) -> Result<ShardLink, NodeError> {
    let (number, name) = link.name.split_at_checked(digits).ok_or(NodeError::Shard)?;
    let hex = |c: u8| matches!(c, b'0'..=b'9' | b'A'..=b'F');
    let slot = u64::from_str_radix(number, 16).map_err(|_| NodeError::Shard)?;
    if !number.bytes().all(hex) || slot >= fanout {
        return Err(NodeError::Shard);
    }
    let target = if name.is_empty() {
        Target::Shard(link.cid)
    } else {
        Target::Entry(Entry {
            name: name.to_owned(),
            cid: link.cid,
            size: link.size,
        })
    };
    Ok(ShardLink { slot, target })
}

/// The bits of a name's hash, the highest first.
#[derive(Debug, Clone, Copy)]
struct HashBits {
    hash: u64,
    used: u32,
}

impl HashBits {
    fn of(name: &str) -> Self {
        // Reading from memory does not fail.
        let hash = murmur3::murmur3_x64_128(&mut name.as_bytes(), 0).unwrap_or_default();
        Self {
            hash: hash as u64,
            used: 0,
        }
    }

    fn next(&mut self, bits: u32) -> Option<u64> {
        let used = self.used + bits;
        let taken = self.hash.checked_shr(u64::BITS.checked_sub(used)?)?;
        self.used = used;
        Some(taken & ((1 << bits) - 1))
    }
}

impl BlockStore {
    /// Finds an entry in the folder that `shard` heads. The shards below it that were read on the way are added to
    /// `way`.
    pub(crate) fn find_in_shards(
        &self,
        shard: Shard,
        name: &str,
        way: &mut Vec<Cid>,
    ) -> Result<Option<Entry>, TreeError> {
        let mut bits = HashBits::of(name);
        let mut shard = shard;
        loop {
            let slot = bits.next(shard.bits).ok_or(TreeError::TooDeep)?;
            match shard.at(slot) {
                Some(Target::Entry(entry)) if entry.name == name => return Ok(Some(entry.clone())),
                Some(Target::Shard(cid)) => {
                    let cid = *cid;
                    shard = self.shard(&cid)?;
                    way.push(cid);
                }
                _ => return Ok(None),
            }
        }
    }

    /// All entries of the folder that `shard` heads, in the order of its shards.
    pub fn shard_entries(&self, shard: Shard) -> Result<Vec<Entry>, TreeError> {
        let mut entries = Vec::new();
        let mut shards = 1;
        let mut stack = vec![(shard.bits, shard.links.into_iter())];
        while let Some((used, links)) = stack.last_mut() {
            let used = *used;
            let Some(link) = links.next() else {
                stack.pop();
                continue;
            };
            match link.target {
                Target::Entry(entry) => entries.push(entry),
                Target::Shard(cid) => {
                    shards += 1;
                    let shard = self.shard(&cid)?;
                    let used = used + shard.bits;
                    if used > u64::BITS {
                        return Err(TreeError::TooDeep);
                    }
                    stack.push((used, shard.links.into_iter()));
                }
            }
            // A few shards that lead to one another many times unfold without end.
            if entries.len() > MAX_ENTRIES || shards > MAX_ENTRIES {
                return Err(TreeError::TooManyBlocks);
            }
        }
        Ok(entries)
    }

    fn shard(&self, cid: &Cid) -> Result<Shard, TreeError> {
        match self.node(cid)? {
            Node::Shard(shard) => Ok(shard),
            _ => Err(TreeError::Node {
                cid: *cid,
                problem: NodeError::Shard,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::raw_cid;
    use proptest::prelude::*;

    fn link(name: &str) -> PbLink {
        PbLink {
            cid: raw_cid(name.as_bytes()),
            name: name.to_owned(),
            size: 1,
        }
    }

    #[test]
    fn the_hash_is_read_from_its_highest_bit() {
        // The first half of MurmurHash3_x64_128 of "foo".
        let mut bits = HashBits::of("foo");
        assert_eq!(bits.hash, 0xe271_8657_01f5_4561);
        assert_eq!((bits.next(8), bits.next(8)), (Some(0xe2), Some(0x71)));
        assert_eq!(bits.next(3), Some(0b100));
        assert_eq!(bits.next(40), Some(0x86_5701_f545 << 3 & 0xff_ffff_ffff | 0b011));
        assert_eq!(bits.next(10), None);
        assert_eq!(bits.next(5), Some(0b00001));
        assert_eq!(bits.next(1), None);
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        let read = |fanout, hash, names: &[&str]| {
            Shard::new(fanout, hash, &names.iter().map(|name| link(name)).collect::<Vec<_>>())
                .map(|shard| shard.links.len())
        };
        assert_eq!(read(Some(256), Some(MURMUR3), &["00a", "0F", "FFb"]), Ok(3));
        assert_eq!(read(Some(8), Some(MURMUR3), &["0a", "7b"]), Ok(2));
        assert_eq!(read(Some(1024), Some(MURMUR3), &["000a", "3FFb"]), Ok(2));
        for (fanout, hash) in [
            (None, Some(MURMUR3)),
            (Some(0), Some(MURMUR3)),
            (Some(4), Some(MURMUR3)),
            (Some(100), Some(MURMUR3)),
            (Some(2048), Some(MURMUR3)),
            (Some(256), None),
            (Some(256), Some(0x12)),
        ] {
            assert_eq!(read(fanout, hash, &[]), Err(NodeError::Shard), "{fanout:?} {hash:?}");
        }
        for names in [
            &["0"][..],
            &["0fa"],
            &["+1a"],
            &["xya"],
            &["0é"],
            &["01a", "01b"],
            &["02a", "01b"],
        ] {
            assert_eq!(
                read(Some(256), Some(MURMUR3), names),
                Err(NodeError::Shard),
                "{names:?}"
            );
        }
        assert_eq!(read(Some(8), Some(MURMUR3), &["8a"]), Err(NodeError::Shard));
    }

    proptest! {
        #[test]
        fn any_links_are_answered(
            fanout: Option<u64>,
            power in 0u32..12,
            names in prop::collection::vec(".{0,4}", 0..6),
        ) {
            for fanout in [fanout, Some(1 << power)] {
                let _ = Shard::new(fanout, Some(MURMUR3), &names.iter().map(|name| link(name)).collect::<Vec<_>>());
            }
        }
    }
}
