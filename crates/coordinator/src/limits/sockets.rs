//! Counting the WebSockets of accounts.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use veriframe_core::Address;

#[derive(Debug, Default)]
pub struct Sockets(Arc<Mutex<HashMap<Address, usize>>>);

/// The right to one WebSocket, until it is dropped.
#[derive(Debug)]
pub struct Place {
    counts: Arc<Mutex<HashMap<Address, usize>>>,
    account: Address,
}

impl Sockets {
    /// `None`: the account has as many as it may.
    pub fn place(&self, account: Address, at_most: usize) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(account).or_default();
        if *count >= at_most {
            return None;
        }
        *count += 1;
        Some(Place {
            counts: Arc::clone(&self.0),
            account,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.account);
            }
        }
    }
}
