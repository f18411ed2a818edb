use super::{Pixels, Samples};

/// A pixel differs when one of its channels does by more than this, as a share of full scale (for floats: absolutely).
/// Both limits are those of Blender's own render tests (`tests/python/modules/render_report.py`).
pub const THRESHOLD: f32 = 0.016;
/// Two pictures are alike when at most this share of the pixels differs.
pub const DIFFERING_SHARE: f64 = 0.01;

/// How two pictures differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Every sample is the same.
    pub equal: bool,
    /// Share of the pixels, 0 to 1, that differ by more than [`THRESHOLD`]. 1 when size or kind of the pictures differ.
    pub differing: f64,
    /// The largest difference of a channel, 1 is full scale; infinite when the pictures cannot be compared.
    pub max: f32,
}

impl Difference {
    /// The 1 % / 0.016 rule: for pictures from different devices or versions of Blender.
    pub fn is_alike(&self) -> bool {
        self.equal || self.differing <= DIFFERING_SHARE
    }

    const INCOMPARABLE: Self = Self {
        equal: false,
        differing: 1.0,
        max: f32::INFINITY,
    };
}

/// Compares two pictures sample by sample, alpha included.
pub fn compare(a: &Pixels, b: &Pixels) -> Difference {
    if (a.width, a.height) != (b.width, b.height) {
        return Difference::INCOMPARABLE;
    }
    match (&a.samples, &b.samples) {
        (Samples::Unsigned(a), Samples::Unsigned(b)) => {
            over_pixels(a, b, |a, b| f32::from(a.abs_diff(b)) / f32::from(u16::MAX))
        }
        (Samples::Float(a), Samples::Float(b)) => over_pixels(a, b, float_difference),
        _ => Difference::INCOMPARABLE,
    }
}

/// Equal bits are no difference, whatever they are; a NaN or an infinity on one side only is an infinite one.
fn float_difference(a: f32, b: f32) -> f32 {
    if a.to_bits() == b.to_bits() {
        return 0.0;
    }
    let difference = (a - b).abs();
    match (a.is_nan() && b.is_nan(), difference.is_nan()) {
        (true, _) => 0.0,
        (false, true) => f32::INFINITY,
        (false, false) => difference,
    }
}

fn over_pixels<T: Copy + PartialEq>(a: &[T], b: &[T], difference: impl Fn(T, T) -> f32) -> Difference {
    if a.len() != b.len() || a.is_empty() {
        return Difference::INCOMPARABLE;
    }
    let mut differing = 0_u64;
    let mut max = 0.0_f32;
    for (a, b) in a.chunks_exact(4).zip(b.chunks_exact(4)) {
        if a == b {
            continue;
        }
        let largest = a.iter().zip(b).map(|(&a, &b)| difference(a, b)).fold(0.0_f32, f32::max);
        max = max.max(largest);
        differing += u64::from(largest > THRESHOLD);
    }
    Difference {
        equal: max == 0.0,
        differing: differing as f64 / (a.len() / 4) as f64,
        max,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: u32, height: u32, value: u16) -> Pixels {
        Pixels {
            width,
            height,
            samples: Samples::Unsigned(vec![value; (width * height * 4) as usize]),
        }
    }

    fn change(pixels: &mut Pixels, count: usize, by: u16) {
        let Samples::Unsigned(samples) = &mut pixels.samples else {
            unreachable!()
        };
        for pixel in samples.chunks_exact_mut(4).take(count) {
            pixel[1] += by;
        }
    }

    #[test]
    fn the_one_percent_rule() {
        let a = grey(10, 100, 1000);
        assert!(compare(&a, &a).equal);
        // 0.016 of full scale is 1048.56.
        let mut b = a.clone();
        change(&mut b, 1000, 1048);
        let below = compare(&a, &b);
        assert!(!below.equal && below.differing == 0.0 && below.is_alike());
        let mut b = a.clone();
        change(&mut b, 10, 1049);
        assert!(compare(&a, &b).is_alike());
        let mut b = a.clone();
        change(&mut b, 11, 1049);
        assert!(!compare(&a, &b).is_alike());
    }

    #[test]
    fn what_cannot_be_compared_is_not_alike() {
        let a = grey(4, 4, 0);
        assert!(!compare(&a, &grey(4, 5, 0)).is_alike());
        let float = Pixels {
            samples: Samples::Float(vec![0.0; 64]),
            ..a.clone()
        };
        assert!(!compare(&a, &float).is_alike());
    }

    #[test]
    fn not_a_number_equals_only_itself() {
        assert!(float_difference(f32::NAN, f32::NAN) == 0.0);
        assert!(float_difference(f32::NAN, 1.0).is_infinite());
        assert!(float_difference(f32::INFINITY, f32::INFINITY) == 0.0);
        assert!(float_difference(f32::INFINITY, 1.0).is_infinite());
        assert!((float_difference(0.25, 0.5) - 0.25).abs() < f32::EPSILON);
    }
}
