//! OpenEXR files with the depth that their pieces had; `image` itself writes 32 bits only.

use super::JoinError;
use exr::meta::{MetaData, attribute::SampleType};
use exr::prelude::{Encoding, Image, SpecificChannels, Vec2, WritableImage as _, f16};
use std::io::Cursor;

/// Of colour: bits of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    Half,
    Float,
}

/// What the header of the file says; half only when no channel has more.
pub(super) fn depth(file: &[u8]) -> Result<Depth, JoinError> {
    let meta = MetaData::read_from_buffered(Cursor::new(file), false)?;
    let is_half = meta.headers.first().is_some_and(|header| {
        header
            .channels
            .list
            .iter()
            .all(|channel| channel.sample_type == SampleType::F16)
    });
    Ok(if is_half { Depth::Half } else { Depth::Float })
}

/// `samples`: rows from the top, `channels` (3 or 4) a pixel.
pub(super) fn encode(
    width: u32,
    height: u32,
    channels: usize,
    depth: Depth,
    samples: &[f32],
) -> Result<Vec<u8>, JoinError> {
    let size = (width as usize, height as usize);
    let at = |Vec2(x, y): Vec2<usize>, channel: usize| samples[(y * size.0 + x) * channels + channel];
    let half = |place, channel| f16::from_f32(at(place, channel));
    let mut file = Cursor::new(Vec::new());
    // A type for each: the depth is part of the channels' type.
    match (channels, depth) {
        (4, Depth::Float) => {
            let pixels = SpecificChannels::rgba(|p: Vec2<usize>| (at(p, 0), at(p, 1), at(p, 2), at(p, 3)));
            Image::from_encoded_channels(size, Encoding::SMALL_LOSSLESS, pixels)
                .write()
                .to_buffered(&mut file)?;
        }
        (4, Depth::Half) => {
            let pixels = SpecificChannels::rgba(|p: Vec2<usize>| (half(p, 0), half(p, 1), half(p, 2), half(p, 3)));
            Image::from_encoded_channels(size, Encoding::SMALL_LOSSLESS, pixels)
                .write()
                .to_buffered(&mut file)?;
        }
        (_, Depth::Float) => {
            let pixels = SpecificChannels::rgb(|p: Vec2<usize>| (at(p, 0), at(p, 1), at(p, 2)));
            Image::from_encoded_channels(size, Encoding::SMALL_LOSSLESS, pixels)
                .write()
                .to_buffered(&mut file)?;
        }
        (_, Depth::Half) => {
            let pixels = SpecificChannels::rgb(|p: Vec2<usize>| (half(p, 0), half(p, 1), half(p, 2)));
            Image::from_encoded_channels(size, Encoding::SMALL_LOSSLESS, pixels)
                .write()
                .to_buffered(&mut file)?;
        }
    }
    Ok(file.into_inner())
}
