//! The money that both contracts hold for somebody: deposits (bonds of the market, stakes of the registry) and what is
//! owed. Nobody is ever paid in passing: what an account gets is owed to it until it is withdrawn, so that an account that
//! cannot be paid holds up nobody else.

use starknet::storage_access::StorePacking;
use crate::packing;

/// One cell for both, since most steps change both.
#[derive(Copy, Drop)]
pub struct PurseTotals {
    pub owed: u128,
    /// Below 2^123.
    pub deposits: u128,
}

pub impl PurseTotalsPacking of StorePacking<PurseTotals, felt252> {
    fn pack(value: PurseTotals) -> felt252 {
        packing::join(value.owed, value.deposits)
    }

    fn unpack(value: felt252) -> PurseTotals {
        let (owed, deposits) = packing::split(value);
        PurseTotals { owed, deposits }
    }
}

#[starknet::component]
pub mod PurseComponent {
    use starknet::ContractAddress;
    use starknet::storage::{
        Map, StorageMapReadAccess, StorageMapWriteAccess, StoragePointerReadAccess, StoragePointerWriteAccess,
    };
    use crate::{errors, shares, token};
    use super::PurseTotals;

    #[storage]
    pub struct Storage {
        purse_token: ContractAddress,
        purse_totals: PurseTotals,
        purse_owed: Map<ContractAddress, u128>,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    pub enum Event {
        Paid: Paid,
    }

    #[derive(Drop, starknet::Event)]
    pub struct Paid {
        #[key]
        pub account: ContractAddress,
        pub amount: u128,
    }

    #[generate_trait]
    pub impl InternalImpl<
        TContractState, +HasComponent<TContractState>, +Drop<TContractState>,
    > of InternalTrait<TContractState> {
        fn initializer(ref self: ComponentState<TContractState>, token: ContractAddress) {
            assert(token != 0.try_into().unwrap(), errors::ZERO_ADDRESS);
            self.purse_token.write(token);
        }

        fn pull(ref self: ComponentState<TContractState>, from: ContractAddress, amount: u128) {
            token::pull(self.purse_token.read(), from, amount);
        }

        /// Counts a deposit first, then pulls it.
        fn take_deposit(ref self: ComponentState<TContractState>, from: ContractAddress, amount: u128) {
            let totals = self.purse_totals.read();
            self.purse_totals.write(PurseTotals { deposits: totals.deposits + amount, ..totals });
            self.pull(from, amount);
        }

        /// Makes owed what was counted elsewhere until now.
        fn owe(ref self: ComponentState<TContractState>, account: ContractAddress, amount: u128) {
            if amount == 0 {
                return;
            }
            self.purse_owed.write(account, self.purse_owed.read(account) + amount);
            let totals = self.purse_totals.read();
            self.purse_totals.write(PurseTotals { owed: totals.owed + amount, ..totals });
        }

        /// A deposit goes back, through what is owed.
        fn release(ref self: ComponentState<TContractState>, account: ContractAddress, amount: u128) {
            self.drop_deposit(amount);
            self.owe(account, amount);
        }

        /// A deposit is lost: half is owed to whom it harmed, half to the treasury.
        fn forfeit(
            ref self: ComponentState<TContractState>,
            amount: u128,
            injured: ContractAddress,
            treasury: ContractAddress,
        ) {
            let (half, rest) = shares::halves(amount);
            self.drop_deposit(amount);
            self.owe(injured, half);
            self.owe(treasury, rest);
        }

        /// Pays a deposit straight to who made it.
        fn return_deposit(ref self: ComponentState<TContractState>, account: ContractAddress, amount: u128) {
            self.drop_deposit(amount);
            self.pay(account, amount);
        }

        /// All that is owed, or nothing happens.
        fn withdraw(ref self: ComponentState<TContractState>, account: ContractAddress) {
            let amount = self.purse_owed.read(account);
            assert(amount > 0, errors::NOTHING_OWED);
            self.purse_owed.write(account, 0);
            let totals = self.purse_totals.read();
            self.purse_totals.write(PurseTotals { owed: totals.owed - amount, ..totals });
            self.pay(account, amount);
        }

        fn owed_to(self: @ComponentState<TContractState>, account: ContractAddress) -> u128 {
            self.purse_owed.read(account)
        }

        fn sums(self: @ComponentState<TContractState>) -> PurseTotals {
            self.purse_totals.read()
        }

        fn token_address(self: @ComponentState<TContractState>) -> ContractAddress {
            self.purse_token.read()
        }
    }

    #[generate_trait]
    impl PrivateImpl<
        TContractState, +HasComponent<TContractState>, +Drop<TContractState>,
    > of PrivateTrait<TContractState> {
        fn drop_deposit(ref self: ComponentState<TContractState>, amount: u128) {
            let totals = self.purse_totals.read();
            self.purse_totals.write(PurseTotals { deposits: totals.deposits - amount, ..totals });
        }

        fn pay(ref self: ComponentState<TContractState>, account: ContractAddress, amount: u128) {
            self.emit(Paid { account, amount });
            token::push(self.purse_token.read(), account, amount);
        }
    }
}
