use super::failure::of_store;
use crate::{
    args::ContentVerify,
    exit::{Exit, Failure},
    output,
};
use serde::Serialize;
use veriframe_app::jobs::text;
use veriframe_ipfs::{BlockStore, Cid};

#[derive(Serialize)]
struct Answer {
    /// What was read and is right.
    blocks: u64,
    bytes: u64,
    damaged: Vec<String>,
    incomplete: Vec<String>,
}

pub fn run(store: &BlockStore, args: &ContentVerify) -> Result<(), Failure> {
    let verified = store.verify().map_err(|error| of_store(&error))?;
    let names = |cids: &[Cid]| cids.iter().map(Cid::to_string).collect::<Vec<_>>();
    let answer = Answer {
        blocks: verified.blocks,
        bytes: verified.bytes,
        damaged: names(&verified.damaged),
        incomplete: names(&verified.incomplete),
    };
    if args.output.json {
        output::json(&answer)?;
    } else {
        tell(&answer)?;
    }
    if answer.damaged.is_empty() && answer.incomplete.is_empty() {
        return Ok(());
    }
    let failure = Failure::new(
        Exit::Failed,
        "damaged",
        format!(
            "{} damaged, {} without all of their blocks.",
            text::count(answer.damaged.len() as u64, "block was", "blocks were"),
            text::count(answer.incomplete.len() as u64, "kept tree is", "kept trees are"),
        ),
        "Damaged blocks were taken away, so that they can be brought again: veriframe content put, or import FILE.car.",
    );
    Err(failure.after_result())
}

fn tell(answer: &Answer) -> Result<(), Failure> {
    for cid in &answer.damaged {
        output::line(&format!("{cid}  damaged"))?;
    }
    for cid in &answer.incomplete {
        output::line(&format!("{cid}  incomplete"))?;
    }
    output::line(&format!(
        "{} are right, {}",
        text::count(answer.blocks, "block", "blocks"),
        text::bytes(answer.bytes)
    ))
}
