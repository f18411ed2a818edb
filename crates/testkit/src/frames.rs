//! Rendered frames, compared by their pixels: the bytes of two files differ by the time written into them.

use std::path::Path;
use veriframe_render::image_check::{Limits, Pixels, compare, decode, digest};

/// SHA-256 over the decoded pixels of a file.
pub fn pixel_digest(path: &Path) -> String {
    digest(&pixels(path))
}

/// Panics with the share of pixels that differ when any does.
pub fn assert_same_pixels(a: &Path, b: &Path) {
    let difference = compare(&pixels(a), &pixels(b));
    assert!(
        difference.equal,
        "{} and {} differ: {difference:?}",
        a.display(),
        b.display()
    );
}

fn pixels(path: &Path) -> Pixels {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    decode(&bytes, Limits::default()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
