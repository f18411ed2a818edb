//! A token whose transfers answer `false`, and move nothing, while a switch is on.

#[starknet::interface]
pub trait IRefusing<T> {
    fn set_refusing(ref self: T, refusing: bool);
}

#[starknet::contract]
pub mod RefusingToken {
    use starknet::storage::{StoragePointerReadAccess, StoragePointerWriteAccess};
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
        refusing: bool,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    enum Event {
        #[flat]
        PlainEvent: PlainTokenComponent::Event,
    }

    #[abi(embed_v0)]
    impl Refusing of super::IRefusing<ContractState> {
        fn set_refusing(ref self: ContractState, refusing: bool) {
            self.refusing.write(refusing);
        }
    }

    #[abi(embed_v0)]
    impl Erc20 of IERC20<ContractState> {
        fn balance_of(self: @ContractState, account: ContractAddress) -> u256 {
            self.plain.balance(account)
        }

        fn transfer(ref self: ContractState, recipient: ContractAddress, amount: u256) -> bool {
            if self.refusing.read() {
                return false;
            }
            self.plain.move_funds(get_caller_address(), recipient, amount);
            true
        }

        fn transfer_from(
            ref self: ContractState, sender: ContractAddress, recipient: ContractAddress, amount: u256,
        ) -> bool {
            if self.refusing.read() {
                return false;
            }
            self.plain.spend_allowance(sender, amount);
            self.plain.move_funds(sender, recipient, amount);
            true
        }
    }
}
