pub mod account;
pub mod entries;
pub mod faucet;
pub mod transfer;
