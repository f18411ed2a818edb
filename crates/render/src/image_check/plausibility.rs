use super::{Pixels, Samples};

/// What a picture looks like from far away. Transparent or black is no fault in itself: a plain sky and a fade-out are
/// honest frames. It is one only next to a reference that is neither, see [`Plausibility::against`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plausibility {
    pub width: u32,
    pub height: u32,
    /// No pixel is visible.
    pub transparent: bool,
    /// No pixel emits light; what is transparent counts as black.
    pub black: bool,
}

/// Why a picture cannot be the frame that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Implausible {
    #[error("the frame is {found_width} x {found_height} pixels and not {width} x {height}")]
    Dimensions {
        width: u32,
        height: u32,
        found_width: u32,
        found_height: u32,
    },
    #[error("the frame is transparent where the one it is checked against is not")]
    Transparent,
    #[error("the frame is black where the one it is checked against is not")]
    Black,
}

impl Plausibility {
    /// Whether the picture has the expected size in pixels.
    pub(crate) fn has_size(&self, width: u32, height: u32) -> Result<(), Implausible> {
        if (self.width, self.height) == (width, height) {
            return Ok(());
        }
        Err(Implausible::Dimensions {
            width,
            height,
            found_width: self.width,
            found_height: self.height,
        })
    }

    /// Whether the picture can be the frame that `reference` shows, which somebody else rendered.
    pub fn against(&self, reference: &Self) -> Result<(), Implausible> {
        self.has_size(reference.width, reference.height)?;
        if self.transparent && !reference.transparent {
            return Err(Implausible::Transparent);
        }
        if self.black && !reference.black {
            return Err(Implausible::Black);
        }
        Ok(())
    }
}

/// Looks at every pixel once.
pub fn plausibility(pixels: &Pixels) -> Plausibility {
    let (transparent, black) = match &pixels.samples {
        Samples::Unsigned(samples) => look(samples, |&sample| sample > 0),
        Samples::Float(samples) => look(samples, |&sample| sample > 0.0),
    };
    Plausibility {
        width: pixels.width,
        height: pixels.height,
        transparent,
        black,
    }
}

fn look<T>(samples: &[T], is_light: impl Fn(&T) -> bool) -> (bool, bool) {
    let pixels = samples.as_chunks::<4>().0;
    let transparent = !pixels.iter().any(|pixel| is_light(&pixel[3]));
    let black = transparent
        || !pixels
            .iter()
            .any(|pixel| is_light(&pixel[3]) && pixel[..3].iter().any(&is_light));
    (transparent, black)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(rgba: [u16; 4]) -> Plausibility {
        plausibility(&Pixels {
            width: 2,
            height: 1,
            samples: Samples::Unsigned([rgba, rgba].concat()),
        })
    }

    #[test]
    fn suspicious_only_next_to_a_reference() {
        let sky = plain([9, 9, 900, 65535]);
        let black = plain([0, 0, 0, 65535]);
        let transparent = plain([9, 0, 0, 0]);
        assert!(black.black && !black.transparent);
        assert!(transparent.transparent && transparent.black);
        assert!(!sky.black && !sky.transparent);
        assert_eq!(black.against(&sky), Err(Implausible::Black));
        assert_eq!(transparent.against(&sky), Err(Implausible::Transparent));
        assert_eq!(black.against(&black), Ok(()));
        assert_eq!(sky.against(&black), Ok(()));
        assert!(matches!(sky.has_size(3, 1), Err(Implausible::Dimensions { .. })));
    }
}
