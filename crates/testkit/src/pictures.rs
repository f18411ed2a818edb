//! Small pictures without Blender.

use image::{ImageFormat, Rgba, RgbaImage};
use std::io::Cursor;

/// A PNG of a gradient; `shade` tells pictures apart.
pub fn png(width: u32, height: u32, shade: u8) -> Vec<u8> {
    let picture = RgbaImage::from_fn(width, height, |x, y| {
        Rgba([
            (x * 255 / width.max(1)) as u8,
            (y * 255 / height.max(1)) as u8,
            shade,
            255,
        ])
    });
    encoded(&picture)
}

/// A PNG of one colour, alpha included.
pub fn flat_png(width: u32, height: u32, colour: [u8; 4]) -> Vec<u8> {
    encoded(&RgbaImage::from_pixel(width, height, Rgba(colour)))
}

fn encoded(picture: &RgbaImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, ImageFormat::Png)
        .expect("a PNG can be written");
    bytes.into_inner()
}
