//! Trees as the parts of a form, as the RPC takes files and folders.

use crate::{
    BlockStore, TreeError,
    block::RAW,
    content::{ContentError, net::Pieces},
    tree::Pieces as FilePieces,
    unixfs::Node,
};
use cid::Cid;
use std::fmt::Write as _;

/// What the root is called there. js-ipfs reads no name of one letter.
pub(super) const ROOT_NAME: &str = "tree";
/// Name of the part that is a CAR.
const CAR_NAME: &str = "tree.car";

/// A line that no content holds: none can contain its own hash.
pub(super) fn boundary(root: &Cid) -> String {
    format!("----veriframe-{root}")
}

/// What stands before and after a CAR as the only part.
pub(super) fn around_car(boundary: &str) -> (String, String) {
    let mut before = String::new();
    begin_part(&mut before, boundary, CAR_NAME, "application/octet-stream");
    (before, format!("\r\n{}", end(boundary)))
}

/// Writes the tree below `root`, all of which is held, folders before their entries.
pub(super) fn write_tree(store: &BlockStore, root: Cid, pieces: &Pieces) -> Result<(), ContentError> {
    let boundary = boundary(&root);
    write_node(store, root, &escape(ROOT_NAME), &boundary, pieces)?;
    pieces.push(end(&boundary))
}

fn write_node(store: &BlockStore, cid: Cid, name: &str, boundary: &str, pieces: &Pieces) -> Result<(), ContentError> {
    let mut head = String::new();
    let node = if cid.codec() == RAW {
        None
    } else {
        Some(store.node(&cid)?)
    };
    if let Some(Node::Directory(entries)) = node {
        begin_part(&mut head, boundary, name, "application/x-directory");
        head.push_str("\r\n");
        pieces.push(head)?;
        for entry in entries {
            let name = format!("{name}%2F{}", escape(&entry.name));
            write_node(store, entry.cid, &name, boundary, pieces)?;
        }
        return Ok(());
    }
    begin_part(&mut head, boundary, name, "application/octet-stream");
    pieces.push(head)?;
    let size = store.file_size(&cid)?;
    for piece in FilePieces::new(store, cid, size) {
        pieces.push(piece?.read(store)?)?;
    }
    pieces.push("\r\n")
}

fn begin_part(out: &mut String, boundary: &str, name: &str, kind: &str) {
    // Writing to a string does not fail.
    let _ = write!(
        out,
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
    );
}

/// The last line. The break before it belongs to it, not to the content: a part ends with one already.
fn end(boundary: &str) -> String {
    format!("--{boundary}--\r\n")
}

/// Escaped as in a query, but for spaces: Kubo reads `+` as one and js-ipfs does not.
fn escape(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Whether every node is a file or a folder that an importer could have written.
pub(super) fn is_plain(store: &BlockStore, root: Cid, depth: usize) -> Result<bool, TreeError> {
    if root.codec() == RAW {
        return Ok(true);
    }
    if depth > crate::profile::MAX_DEPTH {
        return Ok(false);
    }
    let node = store.node(&root)?;
    let Node::Directory(entries) = node else {
        // No other kind can be said in a form.
        return Ok(matches!(node, Node::Leaf(_) | Node::File { .. }));
    };
    for entry in entries {
        if entry.name.is_empty() || entry.name.contains('/') || !is_plain(store, entry.cid, depth + 1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped() {
        assert_eq!(escape("a b+c%d\"é.png"), "a%20b%2Bc%25d%22%C3%A9.png");
    }
}
