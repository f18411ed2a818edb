//! The tree over what a result pays. A node hashes two felts and a leaf three, and Poseidon's padding tells the two
//! apart, so an inner node can never be claimed as a leaf.

use core::poseidon::poseidon_hash_span;
use starknet::ContractAddress;

pub fn leaf(worker: ContractAddress, amount: u128, digest: felt252) -> felt252 {
    poseidon_hash_span([worker.into(), amount.into(), digest].span())
}

/// The root to which a proof leads. Pairs are sorted, so a proof needs no left and right.
pub fn root_of(leaf: felt252, proof: Span<felt252>) -> felt252 {
    let mut node = leaf;
    for sibling in proof {
        node = pair(node, *sibling);
    }
    node
}

fn pair(a: felt252, b: felt252) -> felt252 {
    let a_number: u256 = a.into();
    let b_number: u256 = b.into();
    if a_number < b_number {
        poseidon_hash_span([a, b].span())
    } else {
        poseidon_hash_span([b, a].span())
    }
}
