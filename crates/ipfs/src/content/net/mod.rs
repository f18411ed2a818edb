//! HTTP to parties that may be slow, broken or hostile: every wait and every answer is bounded.

mod answer;
mod http;
mod json;
mod pace;
mod reach;
mod upload;

pub(super) use answer::{Download, MAX_JSON, accepted, network};
pub(super) use http::{Http, address};
pub(super) use json::JsonStream;
pub use reach::{OutsideOnly, is_internal};
pub(super) use upload::{Pieces, Upload, car_upload};

use std::{net::IpAddr, time::Duration};

/// How long others are waited for, and how much is taken from them.
#[derive(Debug, Clone)]
pub struct Limits {
    pub connect: Duration,
    /// Within this time [`Self::window_bytes`] have to arrive or leave, else the other side counts as stalled.
    pub window: Duration,
    pub window_bytes: u64,
    /// A block that takes longer is asked from another source, too.
    pub hedge: Duration,
    /// Before the second try of a request; four times as long before each further one.
    pub first_pause: Duration,
    /// How long a node may be silent after it got everything, or was told to pin.
    pub settle: Duration,
    /// Bytes of blocks in a CAR that came already.
    pub repeated_bytes: u64,
    /// Bytes of files in a tar.
    pub tar_bytes: u64,
    /// How long a pinning service is watched, and how often it is asked.
    pub pinning: Duration,
    pub pinning_poll: Duration,
    /// Which addresses are not of the open network.
    pub is_internal: fn(IpAddr) -> bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            window: Duration::from_mins(1),
            window_bytes: 64 << 10,
            hedge: Duration::from_secs(10),
            first_pause: Duration::from_millis(250),
            settle: Duration::from_mins(10),
            repeated_bytes: 64 << 20,
            tar_bytes: 256 << 30,
            pinning: Duration::from_mins(2),
            pinning_poll: Duration::from_secs(3),
            is_internal: reach::is_internal,
        }
    }
}

impl Limits {
    /// The wait before try number `number`, counted from 0.
    pub(super) fn pause(&self, number: u32) -> Duration {
        match number {
            0 => Duration::ZERO,
            number => self.first_pause * 4u32.pow((number - 1).min(6)),
        }
    }
}
