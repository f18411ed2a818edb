use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use std::io::Cursor;

/// What a file may cost to decode. A few kilobytes of PNG can claim to be a picture of terabytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pixels.
    pub max_width: u32,
    /// Pixels.
    pub max_height: u32,
    /// Bytes of decoded picture.
    pub max_decoded: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_width: 32_768,
            max_height: 32_768,
            max_decoded: 1 << 30,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("the file is neither PNG nor OpenEXR nor JPEG")]
    UnknownFormat,
    #[error("{width} x {height} pixels are more than VeriFrame decodes")]
    TooLarge { width: u32, height: u32 },
    #[error("the picture is empty")]
    Empty,
    #[error("the picture cannot be decoded: {0}")]
    Broken(#[source] image::ImageError),
}

/// The samples of a picture, four a pixel: red, green, blue, alpha; rows from the top.
#[derive(Clone, Debug, PartialEq)]
pub enum Samples {
    /// PNG and JPEG, 0 to 65535; those of 8 bits are multiplied by 257, which keeps 0 and full at 0 and full.
    Unsigned(Vec<u16>),
    /// OpenEXR: scene-linear light, unbounded.
    Float(Vec<f32>),
}

/// A decoded picture in the normal form that is compared and hashed.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixels {
    pub width: u32,
    pub height: u32,
    pub samples: Samples,
}

impl Pixels {
    /// Number of pixels.
    pub fn count(&self) -> usize {
        self.width as usize * self.height as usize
    }
}

/// Decodes a PNG, an OpenEXR (its first layer with red, green and blue) or a JPEG within `limits`.
pub fn decode(bytes: &[u8], limits: Limits) -> Result<Pixels, DecodeError> {
    let picture = decode_picture(bytes, limits)?;
    let (width, height) = (picture.width(), picture.height());
    let samples = match picture {
        DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_) => {
            Samples::Float(picture.into_rgba32f().into_raw())
        }
        // `image` widens 8 to 16 bits by 257 itself.
        other => Samples::Unsigned(other.into_rgba16().into_raw()),
    };
    Ok(Pixels { width, height, samples })
}

/// The picture as the decoder gives it, before it is brought into the normal form.
pub(crate) fn decode_picture(bytes: &[u8], limits: Limits) -> Result<DynamicImage, DecodeError> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| DecodeError::Broken(error.into()))?;
    match reader.format() {
        Some(ImageFormat::Png | ImageFormat::OpenExr | ImageFormat::Jpeg) => {}
        _ => return Err(DecodeError::UnknownFormat),
    }
    let mut bounds = image::Limits::default();
    bounds.max_image_width = Some(limits.max_width);
    bounds.max_image_height = Some(limits.max_height);
    bounds.max_alloc = Some(limits.max_decoded);
    reader.limits(bounds);
    // The header is read first, so that what is too large is refused before anything is allocated for it.
    let mut decoder = reader.into_decoder().map_err(too_large_or_broken)?;
    let (width, height) = decoder.dimensions();
    let too_large = DecodeError::TooLarge { width, height };
    if width == 0 || height == 0 {
        return Err(DecodeError::Empty);
    }
    if width > limits.max_width || height > limits.max_height || decoder.total_bytes() > limits.max_decoded {
        return Err(too_large);
    }
    let mut bounds = image::Limits::default();
    bounds.max_alloc = Some(limits.max_decoded);
    decoder.set_limits(bounds).map_err(too_large_or_broken)?;
    DynamicImage::from_decoder(decoder).map_err(too_large_or_broken)
}

fn too_large_or_broken(error: image::ImageError) -> DecodeError {
    match error {
        image::ImageError::Limits(_) => DecodeError::TooLarge { width: 0, height: 0 },
        other => DecodeError::Broken(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageBuffer, Rgb, Rgba};
    use proptest::prelude::*;

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    #[test]
    fn eight_bits_widen_without_losing_black_and_white() {
        let picture = DynamicImage::ImageRgb8(ImageBuffer::from_fn(3, 1, |x, _| Rgb([0, 1, (x * 127) as u8])));
        let pixels = decode(&encoded(&picture, ImageFormat::Png), Limits::default()).unwrap();
        let Samples::Unsigned(samples) = &pixels.samples else {
            panic!("not 16 bit")
        };
        assert_eq!((pixels.width, pixels.height), (3, 1));
        assert_eq!(samples[..4], [0, 257, 0, 65535]);
        assert_eq!(samples[10], 254 * 257);
    }

    #[test]
    fn floats_are_kept_bit_for_bit() {
        let picture = DynamicImage::ImageRgba32F(ImageBuffer::from_fn(2, 2, |x, y| {
            Rgba([12.5 + x as f32, 0.001_234, -1.0, y as f32])
        }));
        let pixels = decode(&encoded(&picture, ImageFormat::OpenExr), Limits::default()).unwrap();
        assert_eq!(pixels.samples, Samples::Float(picture.into_rgba32f().into_raw()));
    }

    #[test]
    fn what_is_too_large_is_refused_before_it_is_decoded() {
        let picture = DynamicImage::ImageRgb8(ImageBuffer::new(400, 10));
        let bytes = encoded(&picture, ImageFormat::Png);
        let narrow = Limits {
            max_width: 100,
            ..Limits::default()
        };
        assert!(matches!(decode(&bytes, narrow), Err(DecodeError::TooLarge { .. })));
        let small = Limits {
            max_decoded: 400,
            ..Limits::default()
        };
        assert!(matches!(decode(&bytes, small), Err(DecodeError::TooLarge { .. })));
    }

    #[test]
    fn a_truncated_picture_is_an_error() {
        let bytes = encoded(
            &DynamicImage::ImageRgb8(ImageBuffer::from_fn(64, 64, |x, y| Rgb([x as u8, y as u8, 9]))),
            ImageFormat::Png,
        );
        assert!(matches!(
            decode(&bytes[..bytes.len() / 2], Limits::default()),
            Err(DecodeError::Broken(_))
        ));
        assert!(matches!(
            decode(b"", Limits::default()),
            Err(DecodeError::UnknownFormat)
        ));
        assert!(matches!(
            decode(b"BLENDER-v304", Limits::default()),
            Err(DecodeError::UnknownFormat)
        ));
    }

    proptest! {
        #[test]
        fn strangers_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 0..3_usize) {
            let start: &[u8] = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &b"\x76\x2f\x31\x01\x02\0\0\0"[..], &b"\xff\xd8\xff\xe0"[..]][kind];
            let mut file = start.to_vec();
            file.append(&mut bytes);
            let small = Limits { max_decoded: 1 << 24, ..Limits::default() };
            let _ = decode(&file, small);
        }
    }
}
