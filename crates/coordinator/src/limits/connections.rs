//! Counting connections.

use super::settings::Limits;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Those of this replica.
#[derive(Debug)]
pub struct Connections {
    all: Arc<Semaphore>,
    of_addresses: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// The right to one connection, until it is dropped.
#[derive(Debug)]
pub struct Seat {
    pub peer: IpAddr,
    of_addresses: Option<Arc<Mutex<HashMap<IpAddr, usize>>>>,
    _of_all: OwnedSemaphorePermit,
}

impl Connections {
    pub fn new(limits: &Limits) -> Self {
        Self {
            all: Arc::new(Semaphore::new(limits.connections.clamp(1, Semaphore::MAX_PERMITS))),
            of_addresses: Arc::default(),
        }
    }

    /// Waits until there is room for one more of anybody.
    pub async fn room(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.all).acquire_owned().await.ok()
    }

    /// `None`: the address has as many as it may. Proxies and this computer speak for many.
    pub fn seat(&self, limits: &Limits, peer: IpAddr, room: OwnedSemaphorePermit) -> Option<Arc<Seat>> {
        let peer = peer.to_canonical();
        let free = (peer.is_loopback() && !limits.limit_loopback)
            || limits.proxies.iter().any(|network| network.contains(&peer));
        if !free {
            let mut counts = self.of_addresses.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(peer).or_default();
            if *count >= limits.connections_per_address {
                return None;
            }
            *count += 1;
        }
        Some(Arc::new(Seat {
            peer,
            of_addresses: (!free).then(|| Arc::clone(&self.of_addresses)),
            _of_all: room,
        }))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(counts) = &self.of_addresses else { return };
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.peer);
            }
        }
    }
}
