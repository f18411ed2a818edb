//! Reading, decoding, hashing and comparing pictures, away from the async threads.

use crate::{
    app::App,
    content,
    error::{ApiError, ApiResult},
};
use veriframe_ipfs::BlockStore;
use veriframe_render::image_check::{Limits, Pixels, compare, decode, digest, plausibility};
use veriframe_wire::{
    ErrorCode,
    job::{CheckOutcome, FrameResult},
};

/// Bytes of a pixel, decoded: four floats.
const PIXEL: u64 = 16;
/// Bytes of a pixel in a file at the most: float layers besides the one that is looked at, not compressed.
const PIXEL_IN_FILE: u64 = 64;
/// Of any picture and any file: a header, and a size that is wrong by little, which is told better than "too large".
const AT_LEAST: u64 = 4 << 20;
/// A picture, its normal form, and both of the one that it is compared with; in megabytes, for all requests together.
pub const MEMORY_MB: u32 = 4096;

/// What looking at a picture may cost, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    file: u64,
    decoded: u64,
}

impl Bounds {
    /// For a picture of the size that the job promises; without one, for the largest.
    fn of((width, height): (u32, u32)) -> Self {
        let most = Limits::default().max_decoded;
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 {
            return Self {
                file: most,
                decoded: most,
            };
        }
        Self {
            file: pixels.saturating_mul(PIXEL_IN_FILE).clamp(AT_LEAST, 4 * most),
            decoded: pixels.saturating_mul(PIXEL).clamp(AT_LEAST, most),
        }
    }

    fn limits(self) -> Limits {
        Limits {
            max_decoded: self.decoded,
            ..Limits::default()
        }
    }

    /// What is taken while it is looked at, at the most; in megabytes.
    fn weight(self, is_compared: bool) -> u32 {
        let pictures = if is_compared { 2 } else { 1 };
        let bytes = (self.file + 2 * self.decoded).saturating_mul(pictures);
        u32::try_from(bytes >> 20).unwrap_or(MEMORY_MB).clamp(1, MEMORY_MB)
    }
}

/// What a picture is, by our own reading.
#[derive(Clone, Debug)]
pub struct Facts {
    pub width: u32,
    pub height: u32,
    pub digest: String,
    /// Nothing to be seen: black or transparent all over.
    pub blank: bool,
    pub bytes: u64,
}

/// How a picture stands to another render of the same frame.
#[derive(Clone, Copy, Debug)]
pub struct Agreement {
    /// `Equal`, `Similar` or `Different`.
    pub outcome: CheckOutcome,
    /// Share of pixels beyond the tolerance.
    pub differing: f64,
    /// Whether the two count as the same frame.
    pub agrees: bool,
}

/// What looking at a picture gave; `Err` is the sentence why it cannot be the frame.
#[derive(Clone, Debug)]
pub struct Looked {
    pub facts: Result<Facts, String>,
    /// One for each reference, in their order.
    pub agreements: Vec<Agreement>,
}

/// Looks at a submitted picture and compares it with earlier renders of its frame.
/// `promised`: width and height in pixels, 0 when nobody said.
pub async fn look(
    app: &App,
    submitted: FrameResult,
    references: Vec<FrameResult>,
    promised: (u32, u32),
) -> ApiResult<Looked> {
    // From now on it is kept here, for the creator and for audits, whoever lets go of it: it may be paid for.
    content::pin(app, &submitted.result_cid).await?;
    let bounds = Bounds::of(promised);
    let _turn = app.decoding.acquire().await.map_err(ApiError::internal)?;
    let weight = bounds.weight(!references.is_empty());
    let _memory = app
        .picture_memory
        .acquire_many(weight)
        .await
        .map_err(ApiError::internal)?;
    let blocks = app.blocks.clone();
    tokio::task::spawn_blocking(move || look_now(&blocks, &submitted, &references, bounds)).await?
}

fn look_now(
    blocks: &BlockStore,
    submitted: &FrameResult,
    references: &[FrameResult],
    bounds: Bounds,
) -> ApiResult<Looked> {
    let useless = |why: &dyn std::fmt::Display| Looked {
        facts: Err(format!("The frame cannot be used: {why}.")),
        agreements: Vec::new(),
    };
    let bytes = match content::read_file(blocks, &submitted.result_cid, bounds.file) {
        Err(error) if error.code == ErrorCode::TooLarge => return Ok(useless(&"its file is too large for its pixels")),
        bytes => bytes?,
    };
    let pixels = match decode(&bytes, bounds.limits()) {
        Ok(pixels) => pixels,
        Err(error) => return Ok(useless(&error)),
    };
    let appearance = plausibility(&pixels);
    let facts = Facts {
        width: pixels.width,
        height: pixels.height,
        digest: digest(&pixels),
        blank: appearance.black || appearance.transparent,
        bytes: bytes.len() as u64,
    };
    drop(bytes);
    let agreements = references
        .iter()
        .map(|reference| agreement(blocks, &pixels, &facts.digest, submitted, reference, bounds))
        .collect::<ApiResult<_>>()?;
    Ok(Looked {
        facts: Ok(facts),
        agreements,
    })
}

/// `reference` is of the database, so its digest is our own.
fn agreement(
    blocks: &BlockStore,
    pixels: &Pixels,
    own_digest: &str,
    submitted: &FrameResult,
    reference: &FrameResult,
    bounds: Bounds,
) -> ApiResult<Agreement> {
    if own_digest == reference.pixel_digest {
        return Ok(Agreement {
            outcome: CheckOutcome::Equal,
            differing: 0.0,
            agrees: true,
        });
    }
    let file = content::read_file(blocks, &reference.result_cid, bounds.file)?;
    let other = decode(&file, bounds.limits()).map_err(ApiError::internal)?;
    drop(file);
    let difference = compare(pixels, &other);
    // The same hardware and version give the same pixels; only across them is there a tolerance.
    let same_kind = submitted.device == reference.device && submitted.blender == reference.blender;
    let similar = difference.is_alike() && !same_kind;
    Ok(Agreement {
        outcome: if similar {
            CheckOutcome::Similar
        } else {
            CheckOutcome::Different
        },
        differing: difference.differing,
        agrees: similar,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_costs_what_its_job_asks_for_and_no_more() {
        let full_hd = Bounds::of((1920, 1080));
        assert_eq!(full_hd.decoded, 1920 * 1080 * 16);
        assert!((150..250).contains(&full_hd.weight(false)), "{}", full_hd.weight(false));
        assert!(full_hd.weight(true) > full_hd.weight(false));
        let unknown = Bounds::of((0, 0));
        assert!(unknown.decoded <= 1 << 30 && unknown.file <= 1 << 30);
        // However large, one picture at a time is looked at.
        assert_eq!(Bounds::of((u32::MAX, u32::MAX)).weight(true), MEMORY_MB);
        assert!(unknown.weight(true) <= MEMORY_MB);
    }
}
