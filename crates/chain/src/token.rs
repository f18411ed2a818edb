//! Tokens that every Starknet network has, at the same addresses. (Starknet documentation, "Important addresses".)

use crate::number::Felt;

/// Pays for transactions.
pub const STRK: Felt = Felt::from_hex_unchecked("0x04718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938d");
pub const ETH: Felt = Felt::from_hex_unchecked("0x049d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7");
