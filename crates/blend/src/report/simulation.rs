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

/// Simulations that are computed frame after frame, and were not: (what, of which object or scene).
pub(super) fn unbaked(file: &BlendFile) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for scene in file.ids("SC") {
        if let Some(world) = scene.follow("rigidbody_world") {
            let cache = world.follow("shared").and_then(|shared| shared.follow("pointcache"));
            let bodies = world
                .follow("group")
                .is_some_and(|group| group.list("gobject").next().is_some());
            if bodies
                && cache
                    .or_else(|| world.follow("pointcache"))
                    .is_some_and(|cache| !is_baked(cache))
            {
                found.push(("Rigid bodies", scene.id_name().unwrap_or_default()));
            }
        }
    }
    for object in file.ids("OB") {
        let mut of_object: Vec<&'static str> = object.list("modifiers").filter_map(of_modifier).collect();
        let soft = object.follow("soft").filter(|_| of_object.contains(&"Soft body"));
        let soft_cache = soft.and_then(|soft| soft.follow("shared").and_then(|shared| shared.follow("pointcache")));
        if soft_cache.is_some_and(is_baked) {
            of_object.retain(|what| *what != "Soft body");
        }
        let emits = object.list("particlesystem").any(|system| {
            let hair = system.follow("part").and_then(|part| part.int("type")) == Some(PARTICLE_HAIR);
            !hair && system.follow("pointcache").is_some_and(|cache| !is_baked(cache))
        });
        if emits {
            of_object.push("Particles");
        }
        of_object.sort_unstable();
        of_object.dedup();
        let name = object.id_name().unwrap_or_default();
        found.extend(of_object.into_iter().map(|what| (what, name.clone())));
    }
    found
}

fn is_baked(cache: Struct<'_>) -> bool {
    cache.int("flag").unwrap_or(0) & BAKED != 0
}

fn of_modifier(modifier: Struct<'_>) -> Option<&'static str> {
    if modifier.int("modifier.mode").unwrap_or(0) & SHOWN_IN_RENDER == 0 {
        return None;
    }
    match modifier.kind() {
        "ClothModifierData" => modifier
            .follow("point_cache")
            .is_some_and(|cache| !is_baked(cache))
            .then_some("Cloth"),
        "SoftbodyModifierData" => Some("Soft body"),
        "FluidModifierData" if modifier.int("type").unwrap_or(0) & FLUID_DOMAIN != 0 => modifier
            .follow("domain")
            .is_some_and(|domain| domain.int("cache_flag").unwrap_or(0) & FLUID_BAKED == 0)
            .then_some("Fluid"),
        "DynamicPaintModifierData" => {
            let surfaces = modifier
                .follow("canvas")
                .into_iter()
                .flat_map(|canvas| canvas.list("surfaces").collect::<Vec<_>>());
            let open = |surface: Struct<'_>| surface.follow("pointcache").is_some_and(|cache| !is_baked(cache));
            surfaces.into_iter().any(open).then_some("Dynamic paint")
        }
        "NodesModifierData" => {
            let tree = modifier.follow("node_group")?;
            let simulates = tree
                .list("nodes")
                .take(100_000)
                .any(|node| node.text("idname").as_deref() == Some("GeometryNodeSimulationOutput"));
            (simulates && !has_bake(modifier)).then_some("Simulation nodes")
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
