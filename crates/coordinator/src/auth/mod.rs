//! Sign-in with a Starknet key, and the tokens that follow.

mod key_ring;
mod proof;
mod sign_in;
mod token_key;

pub use key_ring::{Earlier, KeyRing, READ_EVERY, turn, turn_now};
pub use sign_in::{authenticate, challenge, refresh};
