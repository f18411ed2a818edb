//! What happens on the farm, and when.

use std::cmp::Ordering;

#[derive(Clone, Copy, Debug)]
pub enum What {
    Arrives(usize),
    /// The worker looks for work, if it has none.
    Asks(usize),
    /// The same for one that nothing was told to; the number tells whether it asked since.
    Polls(usize, u64),
    /// What the worker has in hands should be over; the number tells whether it still is the same render.
    Ends(usize, u64),
    Leaves(usize),
    Returns(usize),
    /// The lease of a worker that went away.
    Expires(usize, u64),
}

#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub at: f64,
    pub number: u64,
    pub what: What,
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Event {}
impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Event {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.total_cmp(&self.at).then(other.number.cmp(&self.number))
    }
}
