use super::{
    JoinError,
    exr_file::{self, Depth},
};
use crate::image_check::Limits;
use image::{
    ColorType, DynamicImage, ImageEncoder as _,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
};
use std::num::TryFromIntError;
use veriframe_core::{
    OutputFormat,
    pieces::{SampleRange, Still, Tile},
};

/// Of 100. The tiles were compressed once already; this loses little more.
const JPEG_QUALITY: u8 = 95;

/// The picture so far, rows from the top.
pub(super) enum Canvas {
    /// PNG and JPEG, as `image` lays their samples out.
    Bytes { color: ColorType, bytes: Vec<u8> },
    /// OpenEXR.
    Light {
        channels: usize,
        depth: Depth,
        samples: Vec<f32>,
    },
}

impl Canvas {
    /// An empty one for pieces like this one, whose file is `bytes`.
    pub fn like(still: &Still, piece: &DynamicImage, bytes: &[u8]) -> Result<Self, JoinError> {
        let (width, height) = (still.width, still.height);
        let color = piece.color();
        let too_large = || JoinError::TooLarge { width, height };
        let len = u64::from(width)
            .checked_mul(u64::from(height))
            .and_then(|pixels| pixels.checked_mul(u64::from(color.bytes_per_pixel())))
            .filter(|&len| len <= Limits::default().max_decoded)
            .ok_or_else(too_large)?;
        let len = usize::try_from(len).map_err(|_: TryFromIntError| too_large())?;
        Ok(if light(piece).is_some() {
            Self::Light {
                channels: usize::from(color.channel_count()),
                depth: exr_file::depth(bytes)?,
                samples: vec![0.0; len / size_of::<f32>()],
            }
        } else {
            Self::Bytes {
                color,
                bytes: vec![0; len],
            }
        })
    }

    /// Puts a tile where it belongs. `piece` has the tile's size.
    pub fn place(&mut self, number: i32, tile: Tile, whole: u32, piece: &Decoded<'_>) -> Result<(), JoinError> {
        match self {
            Self::Bytes { color, bytes } if piece.picture.color() == *color => {
                let each = usize::from(color.bytes_per_pixel());
                copy_rows(bytes, whole, piece.picture.as_bytes(), tile, each);
                Ok(())
            }
            Self::Light {
                channels,
                depth,
                samples,
            } => {
                let light = piece.light(*channels, *depth).ok_or(JoinError::Unlike(number))?;
                copy_rows(samples, whole, light, tile, *channels);
                Ok(())
            }
            Self::Bytes { .. } => Err(JoinError::Unlike(number)),
        }
    }

    /// Adds a range of samples with its share of all of them.
    pub fn average(&mut self, number: i32, range: SampleRange, all: u32, piece: &Decoded<'_>) -> Result<(), JoinError> {
        let Self::Light {
            channels,
            depth,
            samples,
        } = self
        else {
            return Err(JoinError::NotLight);
        };
        let light = piece.light(*channels, *depth).ok_or(JoinError::Unlike(number))?;
        let share = (f64::from(range.count) / f64::from(all)) as f32;
        for (sum, sample) in samples.iter_mut().zip(light) {
            *sum += sample * share;
        }
        Ok(())
    }

    pub fn encode(self, width: u32, height: u32, format: OutputFormat) -> Result<Vec<u8>, JoinError> {
        let mut file = Vec::new();
        match (self, format) {
            (
                Self::Light {
                    channels,
                    depth,
                    samples,
                },
                _,
            ) => return exr_file::encode(width, height, channels, depth, &samples),
            (Self::Bytes { color, bytes }, OutputFormat::Jpeg) => {
                JpegEncoder::new_with_quality(&mut file, JPEG_QUALITY).write_image(
                    &bytes,
                    width,
                    height,
                    color.into(),
                )?;
            }
            (Self::Bytes { color, bytes }, _) => {
                PngEncoder::new(&mut file).write_image(&bytes, width, height, color.into())?;
            }
        }
        Ok(file)
    }
}

/// A decoded piece and its file.
pub(super) struct Decoded<'a> {
    pub picture: &'a DynamicImage,
    pub bytes: &'a [u8],
}

impl Decoded<'_> {
    /// Its samples, when it has these channels in this depth.
    fn light(&self, channels: usize, depth: Depth) -> Option<&[f32]> {
        let is_alike = usize::from(self.picture.color().channel_count()) == channels
            && exr_file::depth(self.bytes).is_ok_and(|own| own == depth);
        light(self.picture).filter(|_| is_alike)
    }
}

fn light(picture: &DynamicImage) -> Option<&[f32]> {
    match picture {
        DynamicImage::ImageRgb32F(picture) => Some(picture.as_raw()),
        DynamicImage::ImageRgba32F(picture) => Some(picture.as_raw()),
        _ => None,
    }
}

/// `each`: samples, or bytes, of a pixel. `whole`: pixels of a row of the canvas.
fn copy_rows<T: Copy>(canvas: &mut [T], whole: u32, piece: &[T], tile: Tile, each: usize) {
    let (from, to) = (tile.width as usize * each, whole as usize * each);
    let left = tile.left as usize * each;
    let rows = canvas.chunks_exact_mut(to).skip(tile.top as usize);
    for (row, part) in rows.zip(piece.chunks_exact(from)) {
        row[left..left + from].copy_from_slice(part);
    }
}
