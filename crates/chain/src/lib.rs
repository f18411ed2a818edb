//! Starknet for VeriFrame. In local mode that means one thing: proving that an account is yours.
//!
//! A person is a Stark-curve key. Their account address is the one at which a well-known account class *would* be
//! deployed for that key, so the address of local mode stays theirs when they move to the network.
//!
//! Invariants: a secret never appears in `Debug`, in an error or in a log; a number that comes from a stranger is
//! refused unless it is in range, never reduced to fit.

pub mod account;
mod challenge;
pub mod deploy;
pub mod deployment;
pub mod events;
pub mod key;
mod key_file;
pub mod keystore;
pub mod market;
pub mod node;
pub mod number;
pub mod prices;
pub mod private_file;
pub mod send;
pub mod token;
mod verify;

pub use account::{ACCOUNT_CLASS, account_address};
pub use challenge::{Challenge, ChallengeError, hash, typed_data};
pub use key::{KeyError, LocalKey, SignError};
pub use key_file::KeyFileError;
pub use number::{Felt, NumberError};
pub use verify::{AuthError, DeployedError, Standing, verify_deployed, verify_undeployed};

/// Chain id of local mode: a Cairo short string that no network uses.
pub const LOCAL_CHAIN_ID: &str = "VF_LOCAL";
/// What a sign-in challenge says it is for. A signature made for one purpose is worthless for any other.
pub const SIGN_IN: &str = "sign-in";
