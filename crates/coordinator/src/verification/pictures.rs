//! Reading, decoding, hashing and comparing pictures, away from the async threads.

use crate::{
    app::App,
    content,
    error::{ApiError, ApiResult},
};
use veriframe_ipfs::BlockStore;
use veriframe_render::image_check::{Limits, Pixels, compare, decode, digest, plausibility};
use veriframe_wire::job::{CheckOutcome, FrameResult};

/// Bytes of a frame's file; a float frame of 16384 x 16384 with alpha has that much.
const FILE_BYTES: u64 = 4 << 30;

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
pub async fn look(app: &App, submitted: FrameResult, references: Vec<FrameResult>) -> ApiResult<Looked> {
    if app.elsewhere.is_some() {
        // Kept for us by another store: from now on here, too, for the creator and for audits.
        content::pin(app, &submitted.result_cid).await?;
    }
    let _turn = app.decoding.acquire().await.map_err(ApiError::internal)?;
    let blocks = app.blocks.clone();
    tokio::task::spawn_blocking(move || look_now(&blocks, &submitted, &references)).await?
}

fn look_now(blocks: &BlockStore, submitted: &FrameResult, references: &[FrameResult]) -> ApiResult<Looked> {
    let bytes = read(blocks, &submitted.result_cid)?;
    let pixels = match decode(&bytes, Limits::default()) {
        Ok(pixels) => pixels,
        Err(error) => {
            return Ok(Looked {
                facts: Err(format!("The frame cannot be used: {error}.")),
                agreements: Vec::new(),
            });
        }
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
        .map(|reference| agreement(blocks, &pixels, &facts.digest, submitted, reference))
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
) -> ApiResult<Agreement> {
    if own_digest == reference.pixel_digest {
        return Ok(Agreement {
            outcome: CheckOutcome::Equal,
            differing: 0.0,
            agrees: true,
        });
    }
    let other = decode(&read(blocks, &reference.result_cid)?, Limits::default()).map_err(ApiError::internal)?;
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

fn read(blocks: &BlockStore, cid: &str) -> ApiResult<Vec<u8>> {
    content::read_file(blocks, cid, FILE_BYTES)
}
