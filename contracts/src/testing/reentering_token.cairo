//! A token that, inside its transfers, calls the contract that is paying once more. It swallows the refusal and keeps it,
//! so that a test can see both that there was one and that the first payment went through once.

use starknet::ContractAddress;

#[starknet::interface]
pub trait IReentering<T> {
    /// From now on each transfer calls `withdraw_for(victim)` of `target`, or `withdraw()` where `victim` is zero. A zero
    /// `target` ends it.
    fn set_attack(ref self: T, target: ContractAddress, victim: ContractAddress);
    /// How the last attack ended: 'NONE', 'SUCCEEDED', or the first felt of the refusal.
    fn last_attack(self: @T) -> felt252;
}

#[starknet::contract]
pub mod ReenteringToken {
    use starknet::storage::{StoragePointerReadAccess, StoragePointerWriteAccess};
    use starknet::syscalls::call_contract_syscall;
    use starknet::{ContractAddress, get_caller_address};
    use crate::interfaces::IERC20;
    use crate::testing::plain_token::PlainTokenComponent;

    component!(path: PlainTokenComponent, storage: plain, event: PlainEvent);

    #[abi(embed_v0)]
    impl PlainTokenImpl = PlainTokenComponent::PlainTokenImpl<ContractState>;
    impl PlainInternal = PlainTokenComponent::InternalImpl<ContractState>;

    #[storage]
    struct Storage {
        #[substorage(v0)]
        plain: PlainTokenComponent::Storage,
        target: ContractAddress,
        victim: ContractAddress,
        last_attack: felt252,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    enum Event {
        #[flat]
        PlainEvent: PlainTokenComponent::Event,
    }

    #[constructor]
    fn constructor(ref self: ContractState) {
        self.last_attack.write('NONE');
    }

    #[abi(embed_v0)]
    impl Reentering of super::IReentering<ContractState> {
        fn set_attack(ref self: ContractState, target: ContractAddress, victim: ContractAddress) {
            self.target.write(target);
            self.victim.write(victim);
            self.last_attack.write('NONE');
        }

        fn last_attack(self: @ContractState) -> felt252 {
            self.last_attack.read()
        }
    }

    #[abi(embed_v0)]
    impl Erc20 of IERC20<ContractState> {
        fn balance_of(self: @ContractState, account: ContractAddress) -> u256 {
            self.plain.balance(account)
        }

        fn transfer(ref self: ContractState, recipient: ContractAddress, amount: u256) -> bool {
            self.plain.move_funds(get_caller_address(), recipient, amount);
            self.attack();
            true
        }

        fn transfer_from(
            ref self: ContractState, sender: ContractAddress, recipient: ContractAddress, amount: u256,
        ) -> bool {
            self.plain.spend_allowance(sender, amount);
            self.plain.move_funds(sender, recipient, amount);
            self.attack();
            true
        }
    }

    #[generate_trait]
    impl Attacking of AttackingTrait {
        fn attack(ref self: ContractState) {
            let target = self.target.read();
            if target == 0.try_into().unwrap() {
                return;
            }
            let victim: felt252 = self.victim.read().into();
            let answer = if victim == 0 {
                call_contract_syscall(target, selector!("withdraw"), [].span())
            } else {
                call_contract_syscall(target, selector!("withdraw_for"), [victim].span())
            };
            self.last_attack.write(match answer {
                Ok(_) => 'SUCCEEDED',
                Err(reasons) => *reasons.at(0),
            });
        }
    }
}
