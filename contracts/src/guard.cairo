//! Refuses a call that comes in while another one is still running, whatever a token does in its transfer.

#[starknet::component]
pub mod GuardComponent {
    use starknet::storage::{StoragePointerReadAccess, StoragePointerWriteAccess};
    use crate::errors;

    #[storage]
    pub struct Storage {
        entered: bool,
    }

    #[generate_trait]
    pub impl InternalImpl<TContractState, +HasComponent<TContractState>> of InternalTrait<TContractState> {
        fn enter(ref self: ComponentState<TContractState>) {
            assert(!self.entered.read(), errors::REENTRANT_CALL);
            self.entered.write(true);
        }

        fn leave(ref self: ComponentState<TContractState>) {
            self.entered.write(false);
        }
    }
}
