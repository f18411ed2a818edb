//! Which frames to render: `1-5,9,20-30x5`.

use std::{collections::BTreeSet, fmt, str::FromStr};

/// The frame numbers Blender accepts (`MINAFRAMEF` and `MAXFRAME` in its `DNA_scene_types.h`).
pub const FRAME_MIN: i32 = -1_048_574;
pub(crate) const FRAME_MAX: i32 = 1_048_574;

/// More frames than this in one job are refused: more than an hour at 24 fps, and what is written in one piece in well under a
/// second.
pub const FRAMES_AT_MOST: usize = 100_000;

/// A set of frames, ascending and without repeats. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameSet(Vec<i32>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameSetError {
    #[error("no frames were given; write for example 1-250 or 1-5,9")]
    Empty,
    #[error("“{0}” is not a frame or a range; write for example 1-250, 1-5,9 or 1-100x10")]
    Syntax(String),
    #[error("the range {0}-{1} ends before it starts")]
    Backwards(i32, i32),
    #[error("frame {0} is outside Blender's range ({FRAME_MIN} to {FRAME_MAX})")]
    OutOfRange(i64),
    #[error("more than {FRAMES_AT_MOST} frames in one job; post them as several")]
    TooMany,
}

impl FrameSet {
    /// Every `step`-th frame of `first..=last`.
    pub fn range(first: i32, last: i32, step: u32) -> Result<Self, FrameSetError> {
        if last < first {
            return Err(FrameSetError::Backwards(first, last));
        }
        let mut frames = BTreeSet::new();
        add_range(&mut frames, first, last, step)?;
        Ok(Self(frames.into_iter().collect()))
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = i32> + '_ {
        self.0.iter().copied()
    }

    #[expect(clippy::len_without_is_empty, reason = "a set of frames is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn first(&self) -> i32 {
        self.0[0]
    }

    pub fn last(&self) -> i32 {
        self.0[self.0.len() - 1]
    }
}

fn add_range(frames: &mut BTreeSet<i32>, first: i32, last: i32, step: u32) -> Result<(), FrameSetError> {
    for end in [first, last] {
        if !(FRAME_MIN..=FRAME_MAX).contains(&end) {
            return Err(FrameSetError::OutOfRange(end.into()));
        }
    }
    for frame in (first..=last).step_by(step.max(1) as usize) {
        frames.insert(frame);
        if frames.len() > FRAMES_AT_MOST {
            return Err(FrameSetError::TooMany);
        }
    }
    Ok(())
}

impl FromStr for FrameSet {
    type Err = FrameSetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut frames = BTreeSet::new();
        for part in text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty()) {
            let bad = || FrameSetError::Syntax(part.chars().take(40).collect());
            let number = |s: &str| -> Result<i32, FrameSetError> {
                let wide: i64 = s.parse().map_err(|_| bad())?;
                i32::try_from(wide).map_err(|_| FrameSetError::OutOfRange(wide))
            };
            let (range, step) = match part.split_once('x') {
                Some((range, step)) => (range, step.parse::<u32>().ok().filter(|&s| s > 0).ok_or_else(bad)?),
                None => (part, 1),
            };
            // The first character may be the sign of a negative frame, so the dash is searched after it.
            let dash = range.char_indices().skip(1).find(|&(_, c)| c == '-' || c == '–');
            let (first, last) = match dash {
                Some((at, c)) => (number(&range[..at])?, number(&range[at + c.len_utf8()..])?),
                None => (number(range)?, number(range)?),
            };
            if last < first {
                return Err(FrameSetError::Backwards(first, last));
            }
            add_range(&mut frames, first, last, step)?;
        }
        if frames.is_empty() {
            return Err(FrameSetError::Empty);
        }
        Ok(Self(frames.into_iter().collect()))
    }
}

impl fmt::Display for FrameSet {
    /// Runs of consecutive frames as ranges: `1-5,9`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut runs: Vec<(i32, i32)> = Vec::new();
        for frame in self.iter() {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == frame => *last = frame,
                _ => runs.push((frame, frame)),
            }
        }
        for (place, (first, last)) in runs.into_iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            match last - first {
                0 => write!(f, "{comma}{first}")?,
                1 => write!(f, "{comma}{first},{last}")?,
                _ => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_write() {
        let frames = |s: &str| s.parse::<FrameSet>().map(|f| f.iter().collect::<Vec<_>>());
        assert_eq!(frames("1-5,9"), Ok(vec![1, 2, 3, 4, 5, 9]));
        assert_eq!(frames(" 3 "), Ok(vec![3]));
        assert_eq!(frames("-2-1"), Ok(vec![-2, -1, 0, 1]));
        assert_eq!(frames("1-10x4, 5"), Ok(vec![1, 5, 9]));
        assert_eq!(frames(""), Err(FrameSetError::Empty));
        assert_eq!(frames("5-1"), Err(FrameSetError::Backwards(5, 1)));
        assert_eq!(frames("a"), Err(FrameSetError::Syntax("a".into())));
        assert_eq!(frames("9999999999"), Err(FrameSetError::OutOfRange(9_999_999_999)));
        assert_eq!(frames("-1048574-1048574"), Err(FrameSetError::TooMany));
    }

    proptest! {
        #[test]
        fn writing_and_reading_agree(frames in proptest::collection::btree_set(-500i32..500, 1..80)) {
            let set = FrameSet(frames.into_iter().collect());
            prop_assert_eq!(set.to_string().parse::<FrameSet>().unwrap(), set);
        }

        #[test]
        fn no_text_panics(text in ".{0,60}") {
            let _ = text.parse::<FrameSet>();
        }
    }
}
