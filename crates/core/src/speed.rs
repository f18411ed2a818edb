//! How fast a worker is.

/// Frames that were handed in, and the seconds they took together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Speed {
    pub frames: u32,
    pub seconds: f64,
}

impl Speed {
    /// `None` until something was handed in.
    pub fn seconds_per_frame(self) -> Option<f64> {
        (self.frames > 0).then(|| self.seconds / f64::from(self.frames))
    }
}
