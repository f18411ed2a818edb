//! As much of ERC-20 as the misbehaving tokens share. Anybody can mint.

use starknet::ContractAddress;

#[starknet::interface]
pub trait IPlainToken<T> {
    fn mint(ref self: T, recipient: ContractAddress, amount: u256);
    fn approve(ref self: T, spender: ContractAddress, amount: u256) -> bool;
    fn allowance(self: @T, owner: ContractAddress, spender: ContractAddress) -> u256;
}

#[starknet::component]
pub mod PlainTokenComponent {
    use starknet::storage::{Map, StorageMapReadAccess, StorageMapWriteAccess};
    use starknet::{ContractAddress, get_caller_address};

    #[storage]
    pub struct Storage {
        token_balance: Map<ContractAddress, u256>,
        token_allowance: Map<(ContractAddress, ContractAddress), u256>,
    }

    #[embeddable_as(PlainTokenImpl)]
    pub impl PlainToken<
        TContractState, +HasComponent<TContractState>, +Drop<TContractState>,
    > of super::IPlainToken<ComponentState<TContractState>> {
        fn mint(ref self: ComponentState<TContractState>, recipient: ContractAddress, amount: u256) {
            self.token_balance.write(recipient, self.token_balance.read(recipient) + amount);
        }

        fn approve(ref self: ComponentState<TContractState>, spender: ContractAddress, amount: u256) -> bool {
            self.token_allowance.write((get_caller_address(), spender), amount);
            true
        }

        fn allowance(
            self: @ComponentState<TContractState>, owner: ContractAddress, spender: ContractAddress,
        ) -> u256 {
            self.token_allowance.read((owner, spender))
        }
    }

    #[generate_trait]
    pub impl InternalImpl<
        TContractState, +HasComponent<TContractState>, +Drop<TContractState>,
    > of InternalTrait<TContractState> {
        fn balance(self: @ComponentState<TContractState>, account: ContractAddress) -> u256 {
            self.token_balance.read(account)
        }

        fn move_funds(
            ref self: ComponentState<TContractState>, from: ContractAddress, to: ContractAddress, amount: u256,
        ) {
            let balance = self.token_balance.read(from);
            assert(balance >= amount, 'BALANCE_TOO_SMALL');
            self.token_balance.write(from, balance - amount);
            self.token_balance.write(to, self.token_balance.read(to) + amount);
        }

        fn spend_allowance(ref self: ComponentState<TContractState>, owner: ContractAddress, amount: u256) {
            let spender = get_caller_address();
            let allowance = self.token_allowance.read((owner, spender));
            assert(allowance >= amount, 'ALLOWANCE_TOO_SMALL');
            self.token_allowance.write((owner, spender), allowance - amount);
        }
    }
}
