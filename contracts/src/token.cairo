//! ERC-20 calls that cannot fail silently: some tokens answer `false` where others revert.

use starknet::{ContractAddress, get_contract_address};
use crate::errors;
use crate::interfaces::{IERC20Dispatcher, IERC20DispatcherTrait};

/// Moves `amount`, which `from` has approved, into this contract.
pub fn pull(token: ContractAddress, from: ContractAddress, amount: u128) {
    if amount == 0 {
        return;
    }
    let moved = IERC20Dispatcher { contract_address: token }
        .transfer_from(from, get_contract_address(), amount.into());
    assert(moved, errors::TRANSFER_FAILED);
}

pub fn push(token: ContractAddress, to: ContractAddress, amount: u128) {
    let moved = IERC20Dispatcher { contract_address: token }.transfer(to, amount.into());
    assert(moved, errors::TRANSFER_FAILED);
}
