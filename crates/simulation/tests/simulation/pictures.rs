//! Frames that workers hand in: one right picture for each number, wrong ones, and a file that is no picture.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};
use std::io::Cursor;
use veriframe_ipfs::{BlockStore, block::raw_cid};

pub const WIDTH: u32 = 8;
pub const HEIGHT: u32 = 4;
/// Numbers of frames go up to this.
pub const FRAMES: i64 = 6;

pub struct Pictures {
    pub scene: String,
    right: Vec<String>,
    /// One for each cheat, so that two of them do not agree by accident.
    wrong: Vec<String>,
    garbage: String,
}

impl Pictures {
    pub fn put(blocks: &BlockStore) -> Self {
        let put = |bytes: &[u8]| {
            let cid = raw_cid(bytes);
            blocks.put(&cid, bytes).unwrap();
            cid.to_string()
        };
        let picture = |seed: u8| {
            let image = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| Rgb([seed, x as u8 * 16, 40 + y as u8 * 8]));
            let mut bytes = Vec::new();
            DynamicImage::from(image)
                .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
                .unwrap();
            put(&bytes)
        };
        Self {
            scene: put(b"BLENDER-v304 a scene, as far as a coordinator can tell"),
            right: (0..=FRAMES as u8).map(|frame| picture(10 + frame)).collect(),
            wrong: (0..4).map(|cheat| picture(150 + 20 * cheat)).collect(),
            garbage: put(b"no picture at all"),
        }
    }

    pub fn right(&self, frame: i64) -> &str {
        &self.right[usize::try_from(frame).unwrap()]
    }

    pub fn wrong(&self, cheat: usize) -> &str {
        &self.wrong[cheat % self.wrong.len()]
    }

    pub fn garbage(&self) -> &str {
        &self.garbage
    }
}

/// What a worker says of a file.
pub fn result(cid: &str, seconds: f64) -> Value {
    json!({
        "result_cid": cid, "pixel_digest": "", "width": WIDTH, "height": HEIGHT, "seconds": seconds, "peak_memory": 1000,
        "blender": "3.4.1", "device": "cpu", "threads": 2, "bytes": 1, "log_tail": "Saved",
    })
}
