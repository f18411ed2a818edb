//! When a worker may still write about the tasks it took.

use crate::Timestamp;

/// A lease as it stands, next to what a request claims about it.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    /// Not released, not finished, not expired by the sweeper.
    pub active: bool,
    pub fence: u64,
    pub expires_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lease ran out or was given to another worker")]
pub struct LeaseLost;

impl Holding {
    /// A lease counts as lost from the moment it expires, whether or not anybody noticed yet: between that moment and
    /// the sweep, a late worker must not win by luck.
    pub fn admits(&self, fence: u64, now: Timestamp) -> Result<(), LeaseLost> {
        if self.active && self.fence == fence && now < self.expires_at {
            Ok(())
        } else {
            Err(LeaseLost)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_holder_in_time_writes() {
        let held = Holding {
            active: true,
            fence: 7,
            expires_at: Timestamp(1000),
        };
        assert_eq!(held.admits(7, Timestamp(999)), Ok(()));
        assert_eq!(held.admits(7, Timestamp(1000)), Err(LeaseLost));
        assert_eq!(held.admits(6, Timestamp(0)), Err(LeaseLost));
        let ended = Holding { active: false, ..held };
        assert_eq!(ended.admits(7, Timestamp(0)), Err(LeaseLost));
    }
}
