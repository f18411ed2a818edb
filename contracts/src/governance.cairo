//! What the owner can do, and how slowly: roles at once, pausing at once, another class only 48 hours after saying so.

/// How many accounts a role can have.
#[derive(Copy, Drop, PartialEq)]
pub enum RoleKind {
    /// The contract has no such role.
    Unknown,
    /// Any number of accounts.
    Many,
    /// One account at a time.
    One,
    /// One account, for ever.
    Once,
}

/// The roles of the contract in which the component lives.
pub trait RoleNames<TContractState> {
    fn kind(role: felt252) -> RoleKind;
}

#[starknet::component]
pub mod GovernanceComponent {
    use starknet::storage::{
        Map, StorageMapReadAccess, StorageMapWriteAccess, StoragePointerReadAccess, StoragePointerWriteAccess,
    };
    use starknet::syscalls::replace_class_syscall;
    use starknet::{ClassHash, ContractAddress, SyscallResultTrait, get_block_timestamp, get_caller_address};
    use crate::interfaces::IGovernance;
    use crate::{errors, limits};
    use super::{RoleKind, RoleNames};

    #[storage]
    pub struct Storage {
        governance_owner: ContractAddress,
        governance_pending_owner: ContractAddress,
        governance_paused: bool,
        /// Roles of one account.
        governance_holder: Map<felt252, ContractAddress>,
        /// Roles of many.
        governance_member: Map<(felt252, ContractAddress), bool>,
        governance_next_class: ClassHash,
        governance_upgrade_at: u64,
    }

    #[event]
    #[derive(Drop, starknet::Event)]
    pub enum Event {
        OwnershipTransferred: OwnershipTransferred,
        RoleChanged: RoleChanged,
        Paused: Paused,
        Unpaused: Unpaused,
        UpgradeProposed: UpgradeProposed,
        Upgraded: Upgraded,
    }

    #[derive(Drop, starknet::Event)]
    pub struct OwnershipTransferred {
        #[key]
        pub previous: ContractAddress,
        #[key]
        pub owner: ContractAddress,
    }

    #[derive(Drop, starknet::Event)]
    pub struct RoleChanged {
        #[key]
        pub role: felt252,
        #[key]
        pub account: ContractAddress,
        pub granted: bool,
    }

    #[derive(Drop, starknet::Event)]
    pub struct Paused {
        #[key]
        pub account: ContractAddress,
    }

    #[derive(Drop, starknet::Event)]
    pub struct Unpaused {
        #[key]
        pub account: ContractAddress,
    }

    /// Zeros when a proposal was cancelled.
    #[derive(Drop, starknet::Event)]
    pub struct UpgradeProposed {
        #[key]
        pub class_hash: ClassHash,
        /// The first second in which it can be executed.
        pub executable_at: u64,
    }

    #[derive(Drop, starknet::Event)]
    pub struct Upgraded {
        #[key]
        pub class_hash: ClassHash,
    }

    #[embeddable_as(GovernanceImpl)]
    pub impl Governance<
        TContractState, +HasComponent<TContractState>, impl Names: RoleNames<TContractState>, +Drop<TContractState>,
    > of IGovernance<ComponentState<TContractState>> {
        fn owner(self: @ComponentState<TContractState>) -> ContractAddress {
            self.governance_owner.read()
        }

        fn transfer_ownership(ref self: ComponentState<TContractState>, new_owner: ContractAddress) {
            self.assert_owner();
            // Zero takes an offer back; nobody can accept it.
            self.governance_pending_owner.write(new_owner);
        }

        fn accept_ownership(ref self: ComponentState<TContractState>) {
            let caller = get_caller_address();
            assert(caller == self.governance_pending_owner.read(), errors::NOT_PENDING_OWNER);
            self.governance_pending_owner.write(nobody());
            self.become_owner(caller);
        }

        fn set_role(
            ref self: ComponentState<TContractState>, role: felt252, account: ContractAddress, granted: bool,
        ) {
            self.assert_owner();
            self.change_role(role, account, granted);
        }

        fn has_role(self: @ComponentState<TContractState>, role: felt252, account: ContractAddress) -> bool {
            match Names::kind(role) {
                RoleKind::Unknown => false,
                RoleKind::Many => self.governance_member.read((role, account)),
                RoleKind::One | RoleKind::Once => account != nobody() && account == self.governance_holder.read(role),
            }
        }

        fn pause(ref self: ComponentState<TContractState>) {
            self.assert_owner();
            assert(!self.governance_paused.read(), errors::PAUSED);
            self.governance_paused.write(true);
            self.emit(Paused { account: get_caller_address() });
        }

        fn unpause(ref self: ComponentState<TContractState>) {
            self.assert_owner();
            assert(self.governance_paused.read(), errors::NOT_PAUSED);
            self.governance_paused.write(false);
            self.emit(Unpaused { account: get_caller_address() });
        }

        fn is_paused(self: @ComponentState<TContractState>) -> bool {
            self.governance_paused.read()
        }

        fn propose_upgrade(ref self: ComponentState<TContractState>, class_hash: ClassHash) {
            self.assert_owner();
            assert(class_hash != no_class(), errors::NO_UPGRADE);
            self.put_proposal(class_hash, get_block_timestamp() + limits::UPGRADE_DELAY);
        }

        fn execute_upgrade(ref self: ComponentState<TContractState>) {
            self.assert_owner();
            let class_hash = self.governance_next_class.read();
            assert(class_hash != no_class(), errors::NO_UPGRADE);
            assert(get_block_timestamp() >= self.governance_upgrade_at.read(), errors::UPGRADE_TOO_EARLY);
            self.governance_next_class.write(no_class());
            self.governance_upgrade_at.write(0);
            self.emit(Upgraded { class_hash });
            replace_class_syscall(class_hash).unwrap_syscall();
        }

        fn cancel_upgrade(ref self: ComponentState<TContractState>) {
            self.assert_owner();
            assert(self.governance_next_class.read() != no_class(), errors::NO_UPGRADE);
            self.put_proposal(no_class(), 0);
        }

        fn proposed_upgrade(self: @ComponentState<TContractState>) -> (ClassHash, u64) {
            (self.governance_next_class.read(), self.governance_upgrade_at.read())
        }
    }

    #[generate_trait]
    pub impl InternalImpl<
        TContractState, +HasComponent<TContractState>, impl Names: RoleNames<TContractState>, +Drop<TContractState>,
    > of InternalTrait<TContractState> {
        fn initializer(ref self: ComponentState<TContractState>, owner: ContractAddress) {
            assert(owner != nobody(), errors::ZERO_ADDRESS);
            self.become_owner(owner);
        }

        /// For constructors, which have no owner to ask.
        fn change_role(
            ref self: ComponentState<TContractState>, role: felt252, account: ContractAddress, granted: bool,
        ) {
            assert(account != nobody(), errors::ZERO_ADDRESS);
            let kind = Names::kind(role);
            assert(kind != RoleKind::Unknown, errors::UNKNOWN_ROLE);
            if kind == RoleKind::Many {
                self.governance_member.write((role, account), granted);
            } else {
                self.change_holder(role, account, granted, kind);
            }
            self.emit(RoleChanged { role, account, granted });
        }

        fn assert_role(self: @ComponentState<TContractState>, role: felt252, error: felt252) {
            assert(self.has_role(role, get_caller_address()), error);
        }

        fn assert_not_paused(self: @ComponentState<TContractState>) {
            assert(!self.governance_paused.read(), errors::PAUSED);
        }

        /// To whom forfeited money goes. Without a treasury it is the owner, so that a missing role stops no dispute.
        fn treasury(self: @ComponentState<TContractState>) -> ContractAddress {
            let treasury = self.governance_holder.read('treasury');
            if treasury == nobody() {
                self.governance_owner.read()
            } else {
                treasury
            }
        }

        fn holder(self: @ComponentState<TContractState>, role: felt252) -> ContractAddress {
            self.governance_holder.read(role)
        }
    }

    #[generate_trait]
    impl PrivateImpl<
        TContractState, +HasComponent<TContractState>, +Drop<TContractState>,
    > of PrivateTrait<TContractState> {
        fn assert_owner(self: @ComponentState<TContractState>) {
            assert(get_caller_address() == self.governance_owner.read(), errors::NOT_OWNER);
        }

        fn become_owner(ref self: ComponentState<TContractState>, owner: ContractAddress) {
            let previous = self.governance_owner.read();
            self.governance_owner.write(owner);
            self.emit(OwnershipTransferred { previous, owner });
        }

        fn change_holder(
            ref self: ComponentState<TContractState>,
            role: felt252,
            account: ContractAddress,
            granted: bool,
            kind: RoleKind,
        ) {
            let before = self.governance_holder.read(role);
            assert(kind != RoleKind::Once || (granted && before == nobody()), errors::ROLE_FIXED);
            if !granted {
                assert(before == account, errors::ROLE_NOT_HELD);
                self.governance_holder.write(role, nobody());
                return;
            }
            self.governance_holder.write(role, account);
            // Who had it before has lost it: a reader of events must not think that two have it.
            if before != nobody() && before != account {
                self.emit(RoleChanged { role, account: before, granted: false });
            }
        }

        fn put_proposal(ref self: ComponentState<TContractState>, class_hash: ClassHash, executable_at: u64) {
            self.governance_next_class.write(class_hash);
            self.governance_upgrade_at.write(executable_at);
            self.emit(UpgradeProposed { class_hash, executable_at });
        }
    }

    fn nobody() -> ContractAddress {
        0.try_into().unwrap()
    }

    fn no_class() -> ClassHash {
        0.try_into().unwrap()
    }
}
