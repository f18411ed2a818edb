use super::failure::of_store;
use crate::{args::ContentGc, exit::Failure, output};
use serde::Serialize;
use veriframe_app::jobs::text;
use veriframe_ipfs::{BlockStore, Collection};

#[derive(Serialize)]
struct Answer {
    blocks: u64,
    bytes: u64,
    /// Trees whose files elsewhere are not referred to any more.
    references: u64,
    left: Left,
}

#[derive(Serialize)]
struct Left {
    blocks: u64,
    bytes: u64,
    /// Of these, what pins keep.
    kept_blocks: u64,
    kept_bytes: u64,
}

pub fn run(store: &BlockStore, args: &ContentGc) -> Result<(), Failure> {
    let collection = Collection {
        down_to: args.down_to.unwrap_or(0),
        ..Collection::default()
    };
    let collected = store.collect(&collection).map_err(|error| of_store(&error))?;
    let left = store.usage().map_err(|error| of_store(&error))?;
    if args.output.json {
        return output::json(&Answer {
            blocks: collected.blocks,
            bytes: collected.bytes,
            references: collected.references,
            left: Left {
                blocks: left.blocks,
                bytes: left.bytes,
                kept_blocks: left.kept_blocks,
                kept_bytes: left.kept_bytes,
            },
        });
    }
    output::line(&format!(
        "Deleted {}, {}",
        text::count(collected.blocks, "block", "blocks"),
        text::bytes(collected.bytes)
    ))?;
    output::line(&format!(
        "{}, {} stay; of these {}, {} are kept by pins",
        text::count(left.blocks, "block", "blocks"),
        text::bytes(left.bytes),
        text::count(left.kept_blocks, "block", "blocks"),
        text::bytes(left.kept_bytes)
    ))
}
