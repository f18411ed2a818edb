use std::collections::BTreeMap;

use super::types::Simulation;
use crate::read::{BlendFile, Struct};

/// `PTCACHE_BAKED` in Blender's `DNA_pointcache_types.h`; checked by baking in Blender 3.4.
const BAKED: i64 = 1;
/// `FLUID_DOMAIN_BAKED_DATA` in `DNA_fluid_types.h`.
const FLUID_BAKED: i64 = 1 << 1;
/// `FluidModifierData.type`.
const FLUID_DOMAIN: i64 = 1 << 0;
/// `ParticleSettings.type`: hair stands still unless it is simulated as cloth.
const PARTICLE_HAIR: i64 = 2;
/// `eModifierMode_Render`.
const SHOWN_IN_RENDER: i64 = 1 << 1;

/// Modifiers that simulate.
const MODIFIERS: [&str; 5] = [
    "ClothModifierData",
    "SoftbodyModifierData",
    "FluidModifierData",
    "DynamicPaintModifierData",
    "NodesModifierData",
];

/// What is computed frame after frame, and whether it was baked.
pub(super) fn simulations(file: &BlendFile) -> Vec<Simulation> {
    let mut found = Vec::new();
    for scene in file.ids("SC") {
        if let Some(baked) = rigid_bodies(scene) {
            found.push(Simulation {
                kind: "Rigid bodies",
                owner: scene.id_name().unwrap_or_default(),
                baked,
            });
        }
    }
    // From the modifiers to the objects: most objects of a large scene have none.
    let mut of_objects: BTreeMap<(u32, &'static str), bool> = BTreeMap::new();
    let mut add = |owner: u32, kind: &'static str, baked: bool| {
        let all = of_objects.entry((owner, kind)).or_insert(true);
        *all = *all && baked;
    };
    for modifier in file.data_of(&MODIFIERS) {
        if let Some((kind, baked)) = of_modifier(modifier) {
            add(modifier.owner(), kind, baked);
        }
    }
    for system in file.data_of(&["ParticleSystem"]) {
        let hair = system.follow("part").and_then(|part| part.int("type")) == Some(PARTICLE_HAIR);
        if let Some(cache) = system.follow("pointcache").filter(|_| !hair) {
            add(system.owner(), "Particles", is_baked(cache));
        }
    }
    for ((owner, kind), baked) in of_objects {
        let Some(object) = file.struct_at(owner).filter(|owner| owner.kind() == "Object") else {
            continue;
        };
        found.push(Simulation {
            kind,
            owner: object.id_name().unwrap_or_default(),
            baked,
        });
    }
    found
}

/// `None` when the scene has none.
fn rigid_bodies(scene: Struct<'_>) -> Option<bool> {
    let world = scene.follow("rigidbody_world")?;
    world.follow("group")?.list("gobject").next()?;
    let shared = world.follow("shared").and_then(|shared| shared.follow("pointcache"));
    shared.or_else(|| world.follow("pointcache")).map(is_baked)
}

fn is_baked(cache: Struct<'_>) -> bool {
    cache.int("flag").unwrap_or(0) & BAKED != 0
}

/// What a modifier simulates, and whether that was baked.
fn of_modifier(modifier: Struct<'_>) -> Option<(&'static str, bool)> {
    if modifier.int("modifier.mode").unwrap_or(0) & SHOWN_IN_RENDER == 0 {
        return None;
    }
    match modifier.kind() {
        "ClothModifierData" => Some(("Cloth", is_baked(modifier.follow("point_cache")?))),
        "SoftbodyModifierData" => {
            // Its state is kept by the object.
            let object = modifier.file().struct_at(modifier.owner())?;
            let shared = object.follow("soft").and_then(|soft| soft.follow("shared"));
            let cache = shared.and_then(|shared| shared.follow("pointcache"));
            Some(("Soft body", cache.is_some_and(is_baked)))
        }
        "FluidModifierData" if modifier.int("type").unwrap_or(0) & FLUID_DOMAIN != 0 => {
            let domain = modifier.follow("domain")?;
            Some(("Fluid", domain.int("cache_flag").unwrap_or(0) & FLUID_BAKED != 0))
        }
        "DynamicPaintModifierData" => {
            let canvas = modifier.follow("canvas")?;
            let mut caches = canvas
                .list("surfaces")
                .filter_map(|surface| surface.follow("pointcache"))
                .peekable();
            caches.peek()?;
            Some(("Dynamic paint", caches.all(is_baked)))
        }
        "NodesModifierData" => {
            let tree = modifier.follow("node_group")?;
            let simulates = tree
                .list("nodes")
                .take(100_000)
                .any(|node| node.text("idname").as_deref() == Some("GeometryNodeSimulationOutput"));
            simulates.then(|| ("Simulation nodes", has_bake(modifier)))
        }
        _ => None,
    }
}

/// Whether the nodes were baked, into the file or into a folder of the bake's number beside it.
fn has_bake(modifier: Struct<'_>) -> bool {
    let shared = modifier.text_behind("simulation_bake_directory");
    modifier
        .follow("bakes")
        .into_iter()
        .flat_map(Struct::elements)
        .any(|bake| {
            let own = bake.text_behind("directory").filter(|folder| !folder.is_empty());
            let folder = own.or_else(|| shared.clone()).filter(|folder| !folder.is_empty());
            let kept_outside = folder.zip(bake.int("id")).is_some_and(|(folder, id)| {
                let folder = crate::trace::resolve(folder.as_bytes(), modifier.file().folder());
                folder.join(id.to_string()).join("meta").is_dir()
            });
            bake.is_set("packed") || kept_outside
        })
}
