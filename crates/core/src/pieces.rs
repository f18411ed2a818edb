//! One still, cut into pieces that several workers render: tiles side by side, or ranges of its samples.
//!
//! A piece is a unit of a job like a frame is: it has its own task, price, check and payment. Whoever posts, checks, renders
//! or joins pieces asks [`Still::piece`] what a piece is, so that all of them agree to the pixel and to the sample.

use crate::{Denoise, Engine, FrameSet, OutputFormat, frames::FRAME_MAX, frames::FRAME_MIN};
use std::{fmt, str::FromStr};

pub const PIECES_AT_MOST: u32 = 64;
/// Blender's own limit of a picture's sides, in pixels.
const SIDE_AT_MOST: u32 = 65_536;
/// Blender's own limit of Cycles' samples.
const SAMPLES_AT_MOST: u32 = 1 << 24;

/// How a still is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cut {
    /// Counted in rows from the top, each from the left.
    Tiles { columns: u32, rows: u32 },
    /// `samples` samples a pixel, shared among `pieces` renders of the whole picture.
    SampleRanges { pieces: u32, samples: u32 },
}

/// A picture that is rendered in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Still {
    /// The frame of the scene.
    pub frame: i32,
    /// Pixels of the whole picture.
    pub width: u32,
    pub height: u32,
    pub cut: Cut,
}

/// What one worker renders of a still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    Tile(Tile),
    Samples(SampleRange),
}

/// A rectangle of pixels; the origin is the corner at the top left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tile {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

/// The samples `first..first + count` of every pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SampleRange {
    pub first: u32,
    pub count: u32,
}

/// Why a still cannot be rendered in pieces as it was asked. A sentence for its creator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPieces {
    #[error("A picture is cut into 2 to {PIECES_AT_MOST} pieces.")]
    Number,
    #[error("The frames of a job in pieces are the numbers of the pieces, from 1 to the last.")]
    Frames,
    #[error("The frame in pieces is one that Blender has.")]
    Frame,
    #[error("The picture is 1 to {SIDE_AT_MOST} pixels wide and high.")]
    Size,
    #[error("A tile has at least one pixel.")]
    Tile,
    #[error("A range has at least one sample, and all together at most {SAMPLES_AT_MOST}.")]
    Samples,
    #[error("Only Cycles renders ranges of samples.")]
    Engine,
    #[error("Ranges of samples are averaged, and only OpenEXR keeps the light that can be.")]
    Format,
    #[error("Pieces are not denoised: a denoiser has to see the whole picture.")]
    Denoised,
}

/// What else a job says that pieces depend on.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The units of the job.
    pub units: &'a FrameSet,
    pub engine: &'a Engine,
    pub format: OutputFormat,
    pub denoise: Denoise,
    /// The job asks for a denoiser.
    pub has_denoiser: bool,
}

impl Cut {
    /// Number of pieces; more than [`PIECES_AT_MOST`] for every cut that is refused for it.
    pub fn count(self) -> u32 {
        match self {
            Self::Tiles { columns, rows } => columns.saturating_mul(rows),
            Self::SampleRanges { pieces, .. } => pieces,
        }
    }
}

impl Still {
    /// Number of pieces. They are numbered from 1.
    pub fn count(&self) -> u32 {
        self.cut.count()
    }

    /// Whether its pieces can be posted, rendered and joined.
    pub fn check(&self, around: Around<'_>) -> Result<(), NoPieces> {
        let sure = |is_so: bool, refusal: NoPieces| if is_so { Ok(()) } else { Err(refusal) };
        let sides = 1..=SIDE_AT_MOST;
        sure((2..=PIECES_AT_MOST).contains(&self.count()), NoPieces::Number)?;
        sure(around.units.iter().eq(1..=self.count().cast_signed()), NoPieces::Frames)?;
        sure((FRAME_MIN..=FRAME_MAX).contains(&self.frame), NoPieces::Frame)?;
        sure(
            sides.contains(&self.width) && sides.contains(&self.height),
            NoPieces::Size,
        )?;
        sure(
            around.denoise == Denoise::Off && !around.has_denoiser,
            NoPieces::Denoised,
        )?;
        match self.cut {
            Cut::Tiles { columns, rows } => sure(columns <= self.width && rows <= self.height, NoPieces::Tile),
            Cut::SampleRanges { pieces, samples } => {
                sure(samples >= pieces && samples <= SAMPLES_AT_MOST, NoPieces::Samples)?;
                sure(*around.engine == Engine::Cycles, NoPieces::Engine)?;
                sure(around.format == OutputFormat::Exr, NoPieces::Format)
            }
        }
    }

    /// The piece with this number; `None` when there is none. Pieces are equal to within a pixel or a sample, do not
    /// overlap, and together are the whole.
    pub fn piece(&self, number: i32) -> Option<Piece> {
        let index = u32::try_from(number)
            .ok()?
            .checked_sub(1)
            .filter(|index| *index < self.count())?;
        Some(match self.cut {
            Cut::Tiles { columns, rows } => {
                let (left, width) = part(self.width, columns, index % columns);
                let (top, height) = part(self.height, rows, index / columns);
                Piece::Tile(Tile {
                    left,
                    top,
                    width,
                    height,
                })
            }
            Cut::SampleRanges { pieces, samples } => {
                let (first, count) = part(samples, pieces, index);
                Piece::Samples(SampleRange { first, count })
            }
        })
    }

    /// Pixels of the picture that a piece is, width and height.
    pub fn piece_size(&self, number: i32) -> Option<(u32, u32)> {
        Some(match self.piece(number)? {
            Piece::Tile(tile) => (tile.width, tile.height),
            Piece::Samples(_) => (self.width, self.height),
        })
    }
}

/// Where part `index` of `parts` begins, and how long it is.
fn part(whole: u32, parts: u32, index: u32) -> (u32, u32) {
    let edge = |index: u32| (u64::from(whole) * u64::from(index) / u64::from(parts.max(1))) as u32;
    let (low, high) = (edge(index), edge(index + 1));
    (low, high - low)
}

impl fmt::Display for Cut {
    /// `4 × 2 tiles`, `8 ranges of samples`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tiles { columns, rows } => write!(f, "{columns} × {rows} tiles"),
            Self::SampleRanges { pieces, .. } => write!(f, "{pieces} ranges of samples"),
        }
    }
}

/// Whether a creator wants its still in pieces: `auto`, `never`, `4x2`, `samples:8`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Wish {
    /// When it pays, see [`crate::schedule::split`].
    #[default]
    Auto,
    Never,
    Tiles {
        columns: u32,
        rows: u32,
    },
    SampleRanges {
        pieces: u32,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not a way to cut a picture; use auto, never, tiles such as 4x2, or ranges such as samples:8")]
pub struct WishError(String);

impl FromStr for Wish {
    type Err = WishError;

    /// An empty text is `auto`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || WishError(text.chars().take(40).collect());
        let number = |text: &str| text.parse::<u32>().ok().filter(|&n| n > 0).ok_or_else(bad);
        match text {
            "" | "auto" => return Ok(Self::Auto),
            "never" => return Ok(Self::Never),
            _ => {}
        }
        if let Some(pieces) = text.strip_prefix("samples:") {
            return Ok(Self::SampleRanges {
                pieces: number(pieces)?,
            });
        }
        let (columns, rows) = text.split_once('x').ok_or_else(bad)?;
        Ok(Self::Tiles {
            columns: number(columns)?,
            rows: number(rows)?,
        })
    }
}

impl fmt::Display for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Never => f.write_str("never"),
            Self::Tiles { columns, rows } => write!(f, "{columns}x{rows}"),
            Self::SampleRanges { pieces } => write!(f, "samples:{pieces}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STILL: Still = Still {
        frame: 7,
        width: 101,
        height: 77,
        cut: Cut::Tiles { columns: 3, rows: 2 },
    };

    fn check(still: Still, change: impl FnOnce(&mut Around<'_>)) -> Result<(), NoPieces> {
        let units = FrameSet::range(1, still.count().clamp(1, 100).cast_signed(), 1).unwrap();
        let mut around = Around {
            units: &units,
            engine: &Engine::Cycles,
            format: OutputFormat::Exr,
            denoise: Denoise::Off,
            has_denoiser: false,
        };
        change(&mut around);
        still.check(around)
    }

    #[test]
    fn tiles_are_counted_like_words_on_a_page() {
        let tile = |number| match STILL.piece(number) {
            Some(Piece::Tile(tile)) => (tile.left, tile.top, tile.width, tile.height),
            other => panic!("{other:?}"),
        };
        assert_eq!(tile(1), (0, 0, 33, 38));
        assert_eq!(tile(3), (67, 0, 34, 38));
        assert_eq!(tile(4), (0, 38, 33, 39));
        assert_eq!((STILL.piece(0), STILL.piece(7), STILL.piece(-1)), (None, None, None));
    }

    #[test]
    fn shapes_that_cannot_be_are_refused() {
        let with = |cut| Still { cut, ..STILL };
        let tiles = |columns, rows| with(Cut::Tiles { columns, rows });
        let ranges = |pieces, samples| with(Cut::SampleRanges { pieces, samples });
        assert_eq!(check(STILL, |_| ()), Ok(()));
        assert_eq!(check(ranges(4, 4), |_| ()), Ok(()));
        for number in [
            tiles(1, 1),
            tiles(13, 5),
            tiles(0, 4),
            tiles(u32::MAX, 2),
            ranges(65, 999),
            ranges(1, 9),
        ] {
            assert_eq!(check(number, |_| ()), Err(NoPieces::Number), "{number:?}");
        }
        assert_eq!(check(ranges(4, 3), |_| ()), Err(NoPieces::Samples));
        assert_eq!(check(ranges(4, u32::MAX), |_| ()), Err(NoPieces::Samples));
        assert_eq!(check(Still { width: 2, ..STILL }, |_| ()), Err(NoPieces::Tile));
        assert_eq!(check(Still { height: 0, ..STILL }, |_| ()), Err(NoPieces::Size));
        assert_eq!(
            check(
                Still {
                    frame: i32::MAX,
                    ..STILL
                },
                |_| ()
            ),
            Err(NoPieces::Frame)
        );
        let others = FrameSet::range(2, 7, 1).unwrap();
        let fewer = FrameSet::range(1, 5, 1).unwrap();
        assert_eq!(check_units(&others), Err(NoPieces::Frames));
        assert_eq!(check_units(&fewer), Err(NoPieces::Frames));
        assert_eq!(
            check(STILL, |job| job.denoise = Denoise::AsInFile),
            Err(NoPieces::Denoised)
        );
        assert_eq!(check(STILL, |job| job.has_denoiser = true), Err(NoPieces::Denoised));
        assert_eq!(
            check(ranges(4, 8), |job| job.engine = &Engine::Eevee),
            Err(NoPieces::Engine)
        );
        assert_eq!(
            check(ranges(4, 8), |job| job.format = OutputFormat::Png),
            Err(NoPieces::Format)
        );
        assert_eq!(check(STILL, |job| job.format = OutputFormat::Png), Ok(()));
    }

    fn check_units(units: &FrameSet) -> Result<(), NoPieces> {
        STILL.check(Around {
            units,
            engine: &Engine::Cycles,
            format: OutputFormat::Png,
            denoise: Denoise::Off,
            has_denoiser: false,
        })
    }

    #[test]
    fn wishes_are_read_as_they_are_written() {
        for text in ["auto", "never", "4x2", "samples:8"] {
            assert_eq!(text.parse::<Wish>().unwrap().to_string(), text);
        }
        assert_eq!("".parse(), Ok(Wish::Auto));
        for text in ["2", "0x2", "x", "samples:", "samples:-1", "2x2x2", "AUTO"] {
            assert!(text.parse::<Wish>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn tiles_cover_every_pixel_once(width in 1..200_u32, height in 1..200_u32, columns in 1..9_u32, rows in 1..9_u32) {
            prop_assume!(columns <= width && rows <= height);
            let still = Still { frame: 1, width, height, cut: Cut::Tiles { columns, rows } };
            let mut seen = vec![0_u8; (width * height) as usize];
            for number in 1..=still.count().cast_signed() {
                let Some(Piece::Tile(tile)) = still.piece(number) else { panic!("no tile {number}") };
                prop_assert_eq!(still.piece_size(number), Some((tile.width, tile.height)));
                prop_assert!(tile.width.abs_diff(width / columns) <= 1 && tile.height.abs_diff(height / rows) <= 1);
                for y in tile.top..tile.top + tile.height {
                    for x in tile.left..tile.left + tile.width {
                        seen[(y * width + x) as usize] += 1;
                    }
                }
            }
            prop_assert!(seen.iter().all(|&times| times == 1));
        }

        #[test]
        fn ranges_follow_each_other(samples in 1..=SAMPLES_AT_MOST, pieces in 2..=PIECES_AT_MOST) {
            prop_assume!(samples >= pieces);
            let still = Still { frame: 1, width: 9, height: 9, cut: Cut::SampleRanges { pieces, samples } };
            let mut next = 0;
            for number in 1..=pieces.cast_signed() {
                let Some(Piece::Samples(range)) = still.piece(number) else { panic!("no range {number}") };
                prop_assert_eq!(range.first, next);
                prop_assert!(range.count.abs_diff(samples / pieces) <= 1 && range.count > 0);
                next += range.count;
            }
            prop_assert_eq!(next, samples);
        }

        #[test]
        fn no_shape_panics(width: u32, height: u32, columns: u32, rows: u32, samples: u32, number: i32) {
            for cut in [Cut::Tiles { columns, rows }, Cut::SampleRanges { pieces: columns, samples }] {
                let still = Still { frame: number, width, height, cut };
                let _ = (still.piece(number), still.piece_size(1), check(still, |_| ()));
            }
        }

        #[test]
        fn no_wish_panics(text in ".{0,40}") {
            let _ = text.parse::<Wish>();
        }
    }
}
