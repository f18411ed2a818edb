//! The pieces of a still become one picture: tiles side by side, ranges of samples averaged by how many they are.
//!
//! Pieces are strangers' bytes. Their size is known beforehand, and a piece that is larger is refused before anything
//! is allocated for it. At most the picture and one piece are in memory, plus the finished file.

mod canvas;
mod exr_file;

use crate::image_check::{DecodeError, Limits, decode_picture};
use canvas::Canvas;
use veriframe_core::{
    OutputFormat,
    pieces::{Cut, Piece, Still},
};

/// A picture that is put together, one piece after the other in any order.
pub struct Joiner {
    still: Still,
    format: OutputFormat,
    /// From the first piece on: it says which channels and which depth the picture has.
    canvas: Option<Canvas>,
    has: Vec<bool>,
}

#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    #[error("the picture has no piece {0}")]
    NoSuchPiece(i32),
    #[error("piece {0} is there twice")]
    Twice(i32),
    #[error("piece {0} is missing")]
    Missing(i32),
    #[error("piece {number}: {error}")]
    Decode {
        number: i32,
        #[source]
        error: DecodeError,
    },
    #[error("piece {number} has {width} x {height} pixels instead of {wanted_width} x {wanted_height}")]
    Size {
        number: i32,
        width: u32,
        height: u32,
        wanted_width: u32,
        wanted_height: u32,
    },
    #[error("piece {0} has other channels, or another depth of colour, than the first")]
    Unlike(i32),
    #[error("{width} x {height} pixels are more than are joined here")]
    TooLarge { width: u32, height: u32 },
    #[error("ranges of samples are joined as OpenEXR only")]
    NotLight,
    #[error("the joined picture cannot be written: {0}")]
    Encode(#[from] image::ImageError),
    #[error("the joined picture cannot be written: {0}")]
    EncodeExr(#[from] exr::error::Error),
}

impl Joiner {
    pub fn new(still: Still, format: OutputFormat) -> Self {
        Self {
            still,
            format,
            canvas: None,
            has: vec![false; still.count().min(veriframe_core::pieces::PIECES_AT_MOST) as usize],
        }
    }

    /// Adds the file of the piece with this number.
    pub fn add(&mut self, number: i32, bytes: &[u8]) -> Result<(), JoinError> {
        let missing = JoinError::NoSuchPiece(number);
        let (Some(piece), Some((width, height))) = (self.still.piece(number), self.still.piece_size(number)) else {
            return Err(missing);
        };
        let index = usize::try_from(number - 1).map_err(|_| JoinError::NoSuchPiece(number))?;
        let has = self.has.get_mut(index).ok_or(missing)?;
        if *has {
            return Err(JoinError::Twice(number));
        }
        let limits = Limits {
            max_width: width,
            max_height: height,
            ..Limits::default()
        };
        let picture = decode_picture(bytes, limits).map_err(|error| JoinError::Decode { number, error })?;
        if (picture.width(), picture.height()) != (width, height) {
            return Err(JoinError::Size {
                number,
                width: picture.width(),
                height: picture.height(),
                wanted_width: width,
                wanted_height: height,
            });
        }
        if self.canvas.is_none() {
            self.canvas = Some(Canvas::like(&self.still, &picture, bytes)?);
        }
        let canvas = self.canvas.as_mut().ok_or(JoinError::Missing(number))?;
        let decoded = canvas::Decoded {
            picture: &picture,
            bytes,
        };
        match (piece, self.still.cut) {
            (Piece::Samples(range), Cut::SampleRanges { samples, .. }) => {
                canvas.average(number, range, samples, &decoded)?;
            }
            (Piece::Tile(tile), _) => canvas.place(number, tile, self.still.width, &decoded)?,
            (Piece::Samples(_), Cut::Tiles { .. }) => return Err(JoinError::NoSuchPiece(number)),
        }
        *has = true;
        Ok(())
    }

    /// The picture as a file of the job's format, with the channels and the depth of its pieces.
    pub fn finish(self) -> Result<Vec<u8>, JoinError> {
        if let Some(missing) = self.has.iter().position(|has| !has) {
            return Err(JoinError::Missing(i32::try_from(missing + 1).unwrap_or(i32::MAX)));
        }
        let canvas = self.canvas.ok_or(JoinError::Missing(1))?;
        canvas.encode(self.still.width, self.still.height, self.format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image_check::{Samples, decode};
    use image::{DynamicImage, GenericImageView as _, ImageBuffer, ImageFormat, Rgb, Rgba};
    use proptest::prelude::*;
    use std::io::Cursor;

    fn still(width: u32, height: u32, cut: Cut) -> Still {
        Still {
            frame: 1,
            width,
            height,
            cut,
        }
    }

    const TILES: Cut = Cut::Tiles { columns: 3, rows: 2 };

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    /// Cuts a picture as workers would, and joins it again, the last piece first.
    fn cut_and_joined(whole: &DynamicImage, file: ImageFormat, format: OutputFormat) -> Vec<u8> {
        let still = still(whole.width(), whole.height(), TILES);
        let mut joiner = Joiner::new(still, format);
        for number in (1..=still.count().cast_signed()).rev() {
            let Some(Piece::Tile(tile)) = still.piece(number) else {
                panic!("no tile {number}")
            };
            let piece = whole.crop_imm(tile.left, tile.top, tile.width, tile.height);
            joiner.add(number, &encoded(&piece, file)).unwrap();
        }
        joiner.finish().unwrap()
    }

    #[test]
    fn tiles_become_the_picture_in_its_own_depth() {
        let eight = DynamicImage::ImageRgb8(ImageBuffer::from_fn(31, 17, |x, y| Rgb([x as u8, y as u8, 200])));
        let sixteen = DynamicImage::ImageRgba16(ImageBuffer::from_fn(31, 17, |x, y| {
            Rgba([x as u16 * 999, y as u16 * 777, 5, 40_000])
        }));
        let grey = DynamicImage::ImageLuma8(ImageBuffer::from_fn(31, 17, |x, y| image::Luma([(x * y) as u8])));
        for whole in [eight, sixteen, grey] {
            let file = cut_and_joined(&whole, ImageFormat::Png, OutputFormat::Png);
            assert_eq!(image::load_from_memory(&file).unwrap(), whole);
        }
        let light = DynamicImage::ImageRgba32F(ImageBuffer::from_fn(31, 17, |x, y| {
            Rgba([x as f32 * 0.123, -(y as f32), 1e6, 0.5])
        }));
        let file = cut_and_joined(&light, ImageFormat::OpenExr, OutputFormat::Exr);
        assert_eq!(image::load_from_memory(&file).unwrap(), light);
    }

    #[test]
    fn a_jpeg_of_tiles_is_close_to_them() {
        let whole = DynamicImage::ImageRgb8(ImageBuffer::from_fn(64, 48, |x, y| {
            Rgb([(x * 3) as u8, (y * 4) as u8, 90])
        }));
        let file = cut_and_joined(&whole, ImageFormat::Jpeg, OutputFormat::Jpeg);
        let joined = image::load_from_memory(&file).unwrap();
        assert_eq!((joined.width(), joined.height()), (64, 48));
        let far = joined.pixels().filter(|(x, y, pixel)| {
            whole
                .get_pixel(*x, *y)
                .0
                .iter()
                .zip(pixel.0)
                .any(|(a, b)| a.abs_diff(b) > 40)
        });
        assert_eq!(far.count(), 0);
    }

    fn flat(width: u32, height: u32, value: f32) -> Vec<u8> {
        let picture = ImageBuffer::from_pixel(width, height, Rgba([value, 2.0 * value, 0.0, 1.0]));
        encoded(&DynamicImage::ImageRgba32F(picture), ImageFormat::OpenExr)
    }

    #[test]
    fn ranges_are_averaged_by_their_samples() {
        // 10 samples in 3 ranges: 3, 3 and 4.
        let still = still(5, 4, Cut::SampleRanges { pieces: 3, samples: 10 });
        let mut joiner = Joiner::new(still, OutputFormat::Exr);
        for (number, value) in [(2, 2.0), (1, 1.0), (3, 4.0)] {
            joiner.add(number, &flat(5, 4, value)).unwrap();
        }
        let pixels = decode(&joiner.finish().unwrap(), Limits::default()).unwrap();
        let Samples::Float(samples) = pixels.samples else {
            panic!("not light")
        };
        for pixel in samples.chunks(4) {
            assert!(
                (pixel[0] - 2.5).abs() < 1e-6 && (pixel[1] - 5.0).abs() < 1e-6,
                "{pixel:?}"
            );
            assert!((pixel[3] - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn half_stays_half() {
        let still = still(4, 2, Cut::Tiles { columns: 2, rows: 1 });
        let piece = exr_file::encode(2, 2, 3, exr_file::Depth::Half, &[0.5; 12]).unwrap();
        let mut joiner = Joiner::new(still, OutputFormat::Exr);
        joiner.add(1, &piece).unwrap();
        let float = exr_file::encode(2, 2, 3, exr_file::Depth::Float, &[0.5; 12]).unwrap();
        assert!(matches!(joiner.add(2, &float), Err(JoinError::Unlike(2))));
        joiner.add(2, &piece).unwrap();
        assert_eq!(
            exr_file::depth(&joiner.finish().unwrap()).unwrap(),
            exr_file::Depth::Half
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let tiles = still(30, 20, TILES);
        let mut joiner = Joiner::new(tiles, OutputFormat::Png);
        let png = |width, height| encoded(&DynamicImage::new_rgb8(width, height), ImageFormat::Png);
        assert!(matches!(joiner.add(0, &png(10, 10)), Err(JoinError::NoSuchPiece(0))));
        assert!(matches!(joiner.add(7, &png(10, 10)), Err(JoinError::NoSuchPiece(7))));
        assert!(matches!(joiner.add(1, &png(9, 10)), Err(JoinError::Size { .. })));
        let large = joiner.add(1, &png(4000, 4000)).unwrap_err();
        assert!(
            matches!(
                large,
                JoinError::Decode {
                    number: 1,
                    error: DecodeError::TooLarge { .. }
                }
            ),
            "{large}"
        );
        joiner.add(1, &png(10, 10)).unwrap();
        assert!(matches!(joiner.add(1, &png(10, 10)), Err(JoinError::Twice(1))));
        let deep = encoded(&DynamicImage::new_rgba16(10, 10), ImageFormat::Png);
        assert!(matches!(joiner.add(2, &deep), Err(JoinError::Unlike(2))));
        assert!(matches!(joiner.finish(), Err(JoinError::Missing(2))));
        let huge = still(40_000, 40_000, Cut::Tiles { columns: 8, rows: 8 });
        let grey = encoded(&DynamicImage::new_luma8(5000, 5000), ImageFormat::Png);
        let refused = Joiner::new(huge, OutputFormat::Png).add(1, &grey).unwrap_err();
        assert!(matches!(refused, JoinError::TooLarge { .. }), "{refused}");
        let ranges = still(30, 20, Cut::SampleRanges { pieces: 2, samples: 2 });
        let refused = Joiner::new(ranges, OutputFormat::Exr).add(1, &png(30, 20)).unwrap_err();
        assert!(matches!(refused, JoinError::NotLight), "{refused}");
    }

    proptest! {
        #[test]
        fn strangers_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), number: i32, kind in 0..2_usize) {
            let start: &[u8] = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &b"\x76\x2f\x31\x01\x02\0\0\0"[..]][kind];
            let file = [start, &bytes].concat();
            let mut joiner = Joiner::new(still(30, 20, TILES), OutputFormat::Png);
            let _ = joiner.add(number, &file);
            let _ = joiner.add(1, &file);
            let _ = joiner.finish();
        }
    }
}
