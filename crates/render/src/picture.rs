//! Pictures of finished frames for people: small ones for the grid, full ones with exposure for the viewer.

use crate::image_check::{DecodeError, Limits, Pixels, Samples, decode};
use image::{
    ImageBuffer, ImageEncoder, RgbaImage,
    codecs::png::{CompressionType, FilterType, PngEncoder},
    imageops,
};

#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error("the picture cannot be written: {0}")]
    Encode(#[source] image::ImageError),
}

/// A PNG of at most `max_px` pixels on its longer side; smaller pictures keep their size. EXR is tone-mapped at exposure 0.
pub fn thumbnail(bytes: &[u8], max_px: u32) -> Result<Vec<u8>, PictureError> {
    let picture = to_display(&decode(bytes, Limits::default())?, 0.0);
    let longest = picture.width().max(picture.height());
    let max_px = max_px.max(1);
    if longest <= max_px {
        return encode(&picture);
    }
    let scaled = |side: u32| (u64::from(side) * u64::from(max_px) / u64::from(longest)).max(1) as u32;
    // Box-averaging: one pass over the source, and no ringing on the noise of a few samples.
    encode(&imageops::thumbnail(
        &picture,
        scaled(picture.width()),
        scaled(picture.height()),
    ))
}

/// The whole picture as an 8-bit sRGB PNG, brightened by `exposure_stops` (each doubles the light). An EXR goes from linear
/// light through the sRGB transfer function; a PNG or JPEG is brought to linear light and back, and at 0 stops kept as it is.
pub fn display(bytes: &[u8], exposure_stops: f32) -> Result<Vec<u8>, PictureError> {
    encode(&to_display(&decode(bytes, Limits::default())?, exposure_stops))
}

fn encode(picture: &RgbaImage) -> Result<Vec<u8>, PictureError> {
    let mut bytes = Vec::new();
    // Shown once and thrown away: speed counts, size does not.
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Sub)
        .write_image(
            picture.as_raw(),
            picture.width(),
            picture.height(),
            image::ExtendedColorType::Rgba8,
        )
        .map_err(PictureError::Encode)?;
    Ok(bytes)
}

fn to_display(pixels: &Pixels, exposure_stops: f32) -> RgbaImage {
    // A range that no eye leaves, so that a wild number stays a number.
    let gain = exposure_stops.clamp(-30.0, 30.0).exp2();
    let samples: Vec<u8> = match &pixels.samples {
        Samples::Unsigned(samples) => {
            // One entry for each of the 65,536 values: the power function is too slow for every sample.
            let table: Vec<u8> = (0..=u16::MAX)
                .map(|sample| {
                    let encoded = f32::from(sample) / f32::from(u16::MAX);
                    if exposure_stops == 0.0 {
                        to_byte(encoded)
                    } else {
                        to_byte(to_srgb(from_srgb(encoded) * gain))
                    }
                })
                .collect();
            let straight = |pixel: &[u16; 4]| {
                let [r, g, b, a] = *pixel;
                let colour = |sample: u16| table[usize::from(sample)];
                [colour(r), colour(g), colour(b), (a >> 8) as u8]
            };
            samples.as_chunks::<4>().0.iter().flat_map(straight).collect()
        }
        Samples::Float(samples) => {
            let straight = |pixel: &[f32; 4]| {
                let [r, g, b, a] = *pixel;
                // EXR colour is premultiplied by its alpha, PNG colour is not.
                let scale = if a > 0.0 && a < 1.0 { gain / a } else { gain };
                let colour = |sample: f32| to_byte(to_srgb(sample * scale));
                [colour(r), colour(g), colour(b), to_byte(a)]
            };
            samples.as_chunks::<4>().0.iter().flat_map(straight).collect()
        }
    };
    ImageBuffer::from_raw(pixels.width, pixels.height, samples).unwrap_or_default()
}

/// `NaN` becomes 0, as a cast does.
fn to_byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

/// IEC 61966-2-1, from linear light.
fn to_srgb(linear: f32) -> f32 {
    if linear <= 0.003_130_8 {
        linear * 12.92
    } else {
        1.055 * linear.min(1.0).powf(1.0 / 2.4) - 0.055
    }
}

/// IEC 61966-2-1, to linear light.
fn from_srgb(encoded: f32) -> f32 {
    if encoded <= 0.040_45 {
        encoded / 12.92
    } else {
        ((encoded + 0.055) / 1.055).powf(2.4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, ImageFormat, Rgb, Rgba};
    use std::io::Cursor;

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    fn opened(bytes: &[u8]) -> RgbaImage {
        image::load_from_memory(bytes).unwrap().into_rgba8()
    }

    #[test]
    fn a_thumbnail_keeps_the_shape() {
        let wide = encoded(
            &DynamicImage::ImageRgb8(ImageBuffer::from_pixel(640, 360, Rgb([200, 100, 50]))),
            ImageFormat::Jpeg,
        );
        let small = opened(&thumbnail(&wide, 320).unwrap());
        assert_eq!(small.dimensions(), (320, 180));
        assert!(small.get_pixel(5, 5).0[0].abs_diff(200) < 4);
        let line = encoded(&DynamicImage::ImageRgb8(ImageBuffer::new(900, 1)), ImageFormat::Png);
        assert_eq!(opened(&thumbnail(&line, 100).unwrap()).dimensions(), (100, 1));
        assert_eq!(opened(&thumbnail(&line, 2000).unwrap()).dimensions(), (900, 1));
    }

    #[test]
    fn linear_light_is_shown_as_srgb() {
        let grey = encoded(
            &DynamicImage::ImageRgba32F(ImageBuffer::from_pixel(2, 2, Rgba([0.18, 0.0, 4.0, 1.0]))),
            ImageFormat::OpenExr,
        );
        // 18 % grey is 118 of 255 in sRGB; one stop more, 36 %, is 162.
        assert_eq!(
            opened(&display(&grey, 0.0).unwrap()).get_pixel(0, 0).0,
            [118, 0, 255, 255]
        );
        assert_eq!(opened(&display(&grey, 1.0).unwrap()).get_pixel(0, 0).0[0], 162);
        assert_eq!(opened(&display(&grey, -3.0).unwrap()).get_pixel(0, 0).0[2], 188);
    }

    #[test]
    fn a_png_at_no_stops_is_kept() {
        let picture = ImageBuffer::from_fn(256, 1, |x, _| Rgba([x as u8, 255 - x as u8, 7, x as u8]));
        let png = encoded(&DynamicImage::ImageRgba8(picture.clone()), ImageFormat::Png);
        assert_eq!(opened(&display(&png, 0.0).unwrap()), picture);
        assert!(opened(&display(&png, 1.0).unwrap()).get_pixel(60, 0).0[0] > 80);
    }
}
