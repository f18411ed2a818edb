//! Sign-in with a Starknet key, and the tokens that follow.

mod proof;
mod sign_in;
mod token_key;

pub use sign_in::{authenticate, challenge, refresh};
pub use token_key::TokenKey;
