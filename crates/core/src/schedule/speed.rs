//! How fast a worker is, and how much work a frame is: each is learned from the other.

/// A worker that nothing is known about.
pub const SPEED_START: f64 = 1.0;
/// Of each new measurement, so much is believed: a dozen frames outweigh what was thought before.
const BELIEF: f64 = 0.25;
const SLOWEST: f64 = 1e-4;
const FASTEST: f64 = 1e4;
const LEAST_WORK: f64 = 1e-3;
/// A frame that nothing is known about, in seconds on a worker of speed 1.
pub const WORK_START: f64 = 30.0;

/// Frames of one job that a worker handed in, and the seconds they took together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    pub frames: u32,
    pub seconds: f64,
}

impl Pace {
    /// `None` until something was handed in.
    pub fn seconds_per_frame(self) -> Option<f64> {
        (self.frames > 0).then(|| self.seconds / f64::from(self.frames))
    }
}

/// The work of the frames of one job that came in. Their geometric mean: with the arithmetic one, frames that were thought
/// too much would outweigh those thought too little, and all speeds would drift upwards together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measured {
    pub frames: u32,
    /// Sum of the logarithms of seconds times the speed of whoever rendered them.
    pub log_work: f64,
}

impl Measured {
    pub fn per_frame(self) -> Option<f64> {
        (self.frames > 0 && self.log_work.is_finite()).then(|| (self.log_work / f64::from(self.frames)).exp())
    }

    /// With one more frame.
    #[must_use]
    pub fn and(self, seconds: f64, speed: f64) -> Self {
        Self {
            frames: self.frames.saturating_add(1),
            log_work: self.log_work + log_work(seconds, speed),
        }
    }
}

/// A frame of a job that nothing is known about yet, by the jobs that are open: each counts once.
pub fn typical(jobs: impl IntoIterator<Item = Measured>) -> f64 {
    let all = jobs
        .into_iter()
        .filter_map(Measured::per_frame)
        .fold(Measured::default(), |all, work| all.and(work, 1.0));
    all.per_frame().unwrap_or(WORK_START)
}

/// What a frame adds to [`Measured::log_work`].
pub fn log_work(seconds: f64, speed: f64) -> f64 {
    let work = seconds * speed;
    if work.is_finite() {
        work.max(LEAST_WORK).ln()
    } else {
        0.0
    }
}

/// What is thought of a worker's speed after a frame, of which others of the same job were `work` on average, took it
/// so many seconds. Ratios are averaged, not differences, so that twice too fast and twice too slow weigh the same.
pub fn learned(speed: f64, work: f64, seconds: f64) -> f64 {
    let seen = work / seconds;
    if !seen.is_finite() || seen <= 0.0 {
        return speed;
    }
    let seen = seen.clamp(SLOWEST, FASTEST);
    (speed.ln() + BELIEF * (seen.ln() - speed.ln()))
        .exp()
        .clamp(SLOWEST, FASTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_learned_within_a_dozen_frames() {
        for truth in [0.05, 1.0, 20.0] {
            let speed = (0..12).fold(SPEED_START, |speed, _| learned(speed, 60.0, 60.0 / truth));
            assert!((speed / truth).ln().abs() < 0.15, "{speed} for {truth}");
        }
    }

    #[test]
    fn nonsense_teaches_nothing() {
        for (work, seconds) in [(0.0, 1.0), (1.0, 0.0), (f64::NAN, 1.0), (-1.0, 1.0)] {
            assert!((learned(2.0, work, seconds) - 2.0).abs() < f64::EPSILON);
        }
        assert_eq!(Measured::default().per_frame(), None);
    }
}
