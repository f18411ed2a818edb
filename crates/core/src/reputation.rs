//! How much a worker is believed: 0 to 1000.

pub const REPUTATION_START: u32 = 500;
pub const REPUTATION_MAX: u32 = 1000;
/// For each verified frame or audit.
pub(crate) const GAIN: u32 = 5;
/// For each render that a majority showed to be wrong.
pub(crate) const LOSS: u32 = 100;
/// Below this a worker gets no stranger's jobs.
pub(crate) const REPUTATION_LEAST: u32 = 100;

pub fn after_verified(reputation: u32) -> u32 {
    reputation.saturating_add(GAIN).min(REPUTATION_MAX)
}

pub fn after_rejected(reputation: u32) -> u32 {
    reputation.saturating_sub(LOSS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_in_its_range() {
        assert_eq!(after_verified(998), REPUTATION_MAX);
        assert_eq!(after_rejected(40), 0);
        assert_eq!(after_rejected(REPUTATION_START), 400);
    }
}
