use std::collections::HashSet;

use super::{graph::Graph, mention::Mention};
use crate::{read::BlendFile, report::DependencyKind};

/// Names of the data that refers to a file, in words of Blender's outliner.
pub(crate) fn users(
    file: &BlendFile,
    graph: &Graph,
    mention: &Mention,
    reached: &HashSet<u32>,
    most: usize,
) -> Vec<String> {
    let own_block = file.block(mention.owner);
    // An image is a datablock of its own: who uses that is the answer. A cache is held by the object itself.
    let is_file_block = own_block.is_some_and(|block| {
        [b"IM", b"SO", b"VF", b"MC", b"VO", b"CF"]
            .iter()
            .any(|code| block.code.starts_with(&code[..]))
    });
    let direct: Vec<u32> = if mention.kind == DependencyKind::Library {
        Vec::new()
    } else if is_file_block {
        graph.users(mention.owner).collect()
    } else {
        vec![mention.owner]
    };
    let mut names = Vec::new();
    for block in direct.into_iter().filter(|block| reached.contains(block)) {
        if names.len() >= most {
            break;
        }
        let name = file.struct_at(block).and_then(|item| {
            let name = item.id_name()?;
            Some(match word(file.block(block)?.code) {
                "" => name,
                word => format!("{word} {name}"),
            })
        });
        names.extend(name.filter(|name| !names.contains(name)));
    }
    names
}

fn word(code: [u8; 4]) -> &'static str {
    match &code[..2] {
        b"MA" => "Material",
        b"OB" => "Object",
        b"WO" => "World",
        b"LA" => "Light",
        b"SC" => "Scene",
        b"NT" => "Node group",
        b"TE" => "Texture",
        b"ME" => "Mesh",
        b"CU" => "Curve",
        b"CA" => "Camera",
        b"SK" => "Speaker",
        _ => "",
    }
}
