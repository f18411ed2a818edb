//! A contract that answers what it was told to when it is asked whether a signature is good, for tests of signing in.

/// Felts as they are: written without their number before them, so that an answer can be empty or too long.
#[derive(Drop)]
pub struct Answer {
    felts: Span<felt252>,
}

impl AnswerSerde of Serde<Answer> {
    fn serialize(self: @Answer, ref output: Array<felt252>) {
        output.append_span(*self.felts);
    }

    fn deserialize(ref serialized: Span<felt252>) -> Option<Answer> {
        Option::Some(Answer { felts: serialized })
    }
}

#[starknet::interface]
pub trait IAnswering<T> {
    fn set_answer(ref self: T, answer: felt252);
    fn is_valid_signature(self: @T, hash: felt252, signature: Array<felt252>) -> Answer;
}

#[starknet::contract]
pub mod AnsweringAccount {
    use starknet::storage::{StoragePointerReadAccess, StoragePointerWriteAccess};
    use super::Answer;

    #[storage]
    struct Storage {
        answer: felt252,
    }

    #[abi(embed_v0)]
    impl Answering of super::IAnswering<ContractState> {
        fn set_answer(ref self: ContractState, answer: felt252) {
            self.answer.write(answer);
        }

        /// Anything that has no meaning here is the answer itself.
        fn is_valid_signature(self: @ContractState, hash: felt252, signature: Array<felt252>) -> Answer {
            let answer = self.answer.read();
            assert(answer != 'revert', 'INVALID_SIGNATURE');
            let felts: Span<felt252> = if answer == 'nothing' {
                [].span()
            } else if answer == 'twice' {
                ['VALID', 'VALID'].span()
            } else if answer == 'three keys' {
                // As an account of several keys does: the signature is longer than one of a single key.
                if signature == array![hash, hash, hash] {
                    ['VALID'].span()
                } else {
                    [0].span()
                }
            } else {
                [answer].span()
            };
            Answer { felts }
        }
    }
}
