//! Data that only an add-on understands.

use std::collections::BTreeSet;

use crate::read::{BlendFile, Properties};

/// Beginnings of the names of nodes and node trees that Blender itself has.
const OWN_NODES: [&str; 8] = [
    "ShaderNode",
    "CompositorNode",
    "TextureNode",
    "GeometryNode",
    "FunctionNode",
    "NodeGroup",
    "NodeReroute",
    "NodeFrame",
];
/// Names of nodes that begin otherwise.
const OTHER_NODES: [&str; 7] = [
    "NodeClosureInput",
    "NodeClosureOutput",
    "NodeCombineBundle",
    "NodeSeparateBundle",
    "NodeEvaluateClosure",
    "NodeEnableOutput",
    "NodeUndefined",
];
/// Settings on scenes that come with every Blender: its own engines and what its own add-ons leave there.
const OWN_SETTINGS: [&str; 6] = [
    "cycles",
    "cycles_curves",
    "hydra_storm",
    "view_layers",
    "_RNA_UI",
    "eevee",
];
const MOST_NODES: usize = 1 << 20;

/// Kinds of nodes that come from add-ons: they do nothing on a computer without those.
pub(super) fn nodes(file: &BlendFile) -> Vec<String> {
    let mut found = BTreeSet::new();
    for node in file.data_of(&["bNode"]).take(MOST_NODES) {
        let Some(raw) = node.raw_text("idname") else { break };
        let name = String::from_utf8_lossy(raw.bytes);
        let is_own = OWN_NODES.iter().any(|own| name.starts_with(own)) || OTHER_NODES.contains(&&*name);
        if !is_own && !name.is_empty() && !found.contains(&*name) && found.len() < 100 {
            found.insert(name.into_owned());
        }
    }
    found.into_iter().collect()
}

/// Groups of settings that add-ons keep on scenes.
pub(super) fn settings(file: &BlendFile) -> Vec<String> {
    let mut found = BTreeSet::new();
    for scene in file.ids("SC") {
        for name in Properties::groups(scene) {
            if !OWN_SETTINGS.contains(&name.as_str()) && found.len() < 100 {
                found.insert(name);
            }
        }
    }
    found.into_iter().collect()
}
