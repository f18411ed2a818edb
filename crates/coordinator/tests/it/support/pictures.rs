use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};
use std::io::Cursor;
use veriframe_ipfs::{BlockStore, block::raw_cid};

pub const WIDTH: u32 = 16;
pub const HEIGHT: u32 = 8;

/// A rendered frame: a real PNG in the store, and what its worker says of it.
#[derive(Clone)]
pub struct Picture {
    pub cid: String,
    pub device: &'static str,
}

/// A picture that depends on `seed` and nothing else.
pub fn picture(blocks: &BlockStore, seed: u8) -> Picture {
    let image = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        Rgb([seed.wrapping_mul(37), x as u8 * 8, 40 + y as u8])
    });
    Picture::of(blocks, image)
}

impl Picture {
    pub fn of(blocks: &BlockStore, image: RgbImage) -> Self {
        let mut bytes = Vec::new();
        DynamicImage::from(image)
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
            .unwrap();
        Self {
            cid: put(blocks, &bytes),
            device: "cpu",
        }
    }

    pub fn result(&self) -> Value {
        json!({
            "result_cid": self.cid, "pixel_digest": "not looked at", "width": WIDTH, "height": HEIGHT, "seconds": 6.0,
            "peak_memory": 1000, "blender": "3.4.1", "device": self.device, "threads": 2, "bytes": 1,
            "log_tail": "Saved: 'frame.png'",
        })
    }
}

/// Puts a small file into the store.
pub fn put(blocks: &BlockStore, bytes: &[u8]) -> String {
    let cid = raw_cid(bytes);
    blocks.put(&cid, bytes).unwrap();
    cid.to_string()
}
