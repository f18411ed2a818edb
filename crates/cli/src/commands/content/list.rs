use super::{
    failure::{of_resolve, of_store, of_tree},
    target::{self, Target},
};
use crate::{args::ContentLs, exit::Failure, output};
use serde::Serialize;
use veriframe_app::jobs::text;
use veriframe_ipfs::{
    BlockStore, Cid, TreeError,
    unixfs::{Entry, Node},
};

#[derive(Serialize)]
struct Pinned {
    cid: String,
    /// Of the blocks that are here, each counted once.
    bytes: u64,
    /// `null` when the root itself is not here.
    sealed: Option<bool>,
    complete: bool,
}

#[derive(Serialize)]
struct Listed {
    name: String,
    cid: String,
    /// Of a file that is here: its content; else what its folder claims, nodes included.
    bytes: u64,
}

pub fn run(store: &BlockStore, args: &ContentLs) -> Result<(), Failure> {
    match &args.target {
        None => kept(store, args),
        Some(text) => inside(store, &target::of_text(text)?, args),
    }
}

fn kept(store: &BlockStore, args: &ContentLs) -> Result<(), Failure> {
    let mut roots = store.pins().map_err(|error| of_store(&error))?;
    roots.sort_by_key(Cid::to_string);
    let pins: Vec<Pinned> = roots.iter().map(|root| pinned(store, root)).collect::<Result<_, _>>()?;
    if args.output.json {
        return output::json(&pins);
    }
    for pin in pins {
        output::line(&format!(
            "{}  {}{}{}",
            pin.cid,
            text::bytes(pin.bytes),
            if pin.sealed == Some(true) { "  sealed" } else { "" },
            if pin.complete { "" } else { "  incomplete" },
        ))?;
    }
    Ok(())
}

fn pinned(store: &BlockStore, root: &Cid) -> Result<Pinned, Failure> {
    let (bytes, complete) = match store.tree_blocks(root) {
        Ok(blocks) => (
            blocks.iter().filter_map(|block| block.size).sum(),
            blocks.iter().all(|block| block.size.is_some()),
        ),
        Err(TreeError::Store(error)) => return Err(of_store(&error)),
        // What it consists of cannot be known.
        Err(_) => (store.block_size(root).unwrap_or(0), false),
    };
    Ok(Pinned {
        cid: root.to_string(),
        bytes,
        // Blocks of other kinds than files and folders are not sealed.
        sealed: store.has(root).then(|| store.is_sealed(root).unwrap_or(false)),
        complete,
    })
}

fn inside(store: &BlockStore, target: &Target, args: &ContentLs) -> Result<(), Failure> {
    let resolved = store
        .resolve(&target.root, &target.path)
        .map_err(|error| of_resolve(&error))?;
    let cid = resolved.target;
    let entries = entries(store, &cid, target).map_err(|error| of_tree(&error))?;
    let listed: Vec<Listed> = entries
        .into_iter()
        .map(|entry| Listed {
            bytes: store.file_size(&entry.cid).unwrap_or(entry.size),
            cid: entry.cid.to_string(),
            name: entry.name,
        })
        .collect();
    if args.output.json {
        return output::json(&listed);
    }
    if store.is_sealed(&cid).map_err(|error| of_tree(&error))? {
        output::note("It is sealed: names and content are seen only with its key.");
    }
    for entry in listed {
        // A name is a stranger's: it must not steer the terminal.
        let name: String = entry
            .name
            .chars()
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .collect();
        output::line(&format!("{}  {:>8}  {name}", entry.cid, text::bytes(entry.bytes)))?;
    }
    Ok(())
}

/// Of a folder what is in it, of a file itself.
fn entries(store: &BlockStore, cid: &Cid, target: &Target) -> Result<Vec<Entry>, TreeError> {
    match store.node(cid)? {
        Node::Directory(entries) => Ok(entries),
        Node::Shard(shard) => store.shard_entries(shard),
        Node::Leaf(_) | Node::File { .. } => Ok(vec![Entry {
            name: target.path.rsplit('/').next().unwrap_or_default().to_owned(),
            cid: *cid,
            size: store.file_size(cid)?,
        }]),
    }
}
