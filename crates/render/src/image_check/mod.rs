//! Whether two renders show the same picture, and whether one can be right at all.
//!
//! Files are never compared byte by byte: Blender writes the time of rendering into them. Everything here works on
//! decoded pixels in one normal form, RGBA with 16 bits a channel, or 32-bit floats for EXR.

mod compare;
mod digest;
mod pixels;
mod plausibility;

pub use compare::{DIFFERING_SHARE, Difference, THRESHOLD, compare};
pub use digest::digest;
pub(crate) use pixels::decode_picture;
pub use pixels::{DecodeError, Limits, Pixels, Samples, decode};
pub use plausibility::{Implausible, Plausibility, plausibility};
