# Runs inside Blender: opens a scene as any worker would, and tells what is wrong with it; or bakes its simulations and saves
# it; or renders one small frame. The order comes as one line of JSON, the answer goes as one line after a marker.
import json
import os
import sys
import time

import bpy

order = json.loads(sys.stdin.readline())
MARKER = order["marker"]
# Pictures are loaded one by one to see whether they can be; large scenes have thousands.
PATIENCE = 30.0


def say(event, **fields):
    fields["event"] = event
    os.write(1, ("\n%s%s\n" % (MARKER, json.dumps(fields))).encode("utf-8"))


def open_scene():
    try:
        bpy.ops.wm.open_mainfile(filepath=order["open"], load_ui=True, use_scripts=False)
    except RuntimeError as error:
        say("unreadable", detail=str(error).strip())
        raise SystemExit
    name = order["scene"]
    scene = bpy.data.scenes.get(name) if name is not None else bpy.context.scene
    if scene is None:
        say("unreadable", detail="there is no scene " + name)
        raise SystemExit
    if bpy.context.window:
        bpy.context.window.scene = scene
    return scene


def is_there(path):
    for token in ("<UDIM>", "<UVTILE>"):
        if token in path:
            # Some tile of the set.
            head = os.path.basename(path).split(token)[0]
            try:
                return any(name.startswith(head) for name in os.listdir(os.path.dirname(path)))
            except OSError:
                return False
    return os.path.exists(path)


def missing_files():
    folder = os.path.dirname(order["open"])
    # What a text holds is in the .blend; the file that it came from is not needed.
    texts = {os.path.normpath(bpy.path.abspath(text.filepath)) for text in bpy.data.texts if text.filepath}
    missing = []
    for path in bpy.utils.blend_paths(absolute=True, packed=False, local=False):
        path = os.path.normpath(path) if path else ""
        if path and path not in texts and not is_there(path):
            missing.append(os.path.relpath(path, folder) if path.startswith(folder + os.sep) else path)
    return sorted(set(missing))


def broken_images():
    """Files that are there and are no picture."""
    until = time.monotonic() + PATIENCE
    broken = []
    for image in bpy.data.images:
        if time.monotonic() > until:
            break
        if image.users == 0 or image.source not in {"FILE", "TILED"}:
            continue
        path = bpy.path.abspath(image.filepath, library=image.library)
        if image.packed_file is None and not is_there(path):
            continue
        if image.size[0] == 0:
            broken.append(image)
        image.buffers_free()
    return broken


def node_trees():
    for kind in ("materials", "worlds", "lights", "node_groups", "scenes"):
        for data in getattr(bpy.data, kind):
            if kind == "node_groups":
                yield data.name, data
                continue
            # Asking a scene of 5.0 for this name would make it one.
            tree = None if kind == "scenes" and bpy.app.version >= (5, 0, 0) else getattr(data, "node_tree", None)
            if tree:
                yield data.name, tree


def pink(broken, missing_images):
    """What shows a picture that does not load."""
    bad = {image.name_full for image in broken} | missing_images
    found = set()
    for name, tree in node_trees():
        for node in tree.nodes:
            image = getattr(node, "image", None)
            if image is not None and image.name_full in bad:
                found.add(name)
    return sorted(found)


def missing_images():
    found = set()
    for image in bpy.data.images:
        if image.users == 0 or image.packed_file or image.source not in {"FILE", "TILED", "SEQUENCE", "MOVIE"}:
            continue
        if not is_there(bpy.path.abspath(image.filepath, library=image.library)):
            found.add(image.name_full)
    return found


def collections():
    for kind in dir(bpy.data):
        collection = getattr(bpy.data, kind)
        if isinstance(collection, bpy.types.bpy_prop_collection):
            yield kind, collection


def names_in(library):
    """What a library holds, by kind; nothing when it cannot be read."""
    path = bpy.path.abspath(library.filepath, library=library.parent)
    try:
        with bpy.data.libraries.load(path, link=True) as (there, _):
            return {kind: set(getattr(there, kind)) for kind in dir(there) if not kind.startswith("_")}
    except (OSError, RuntimeError):
        return {}


def unlinked():
    """Data that a library was to bring and did not."""
    held = {library.name_full: names_in(library) for library in bpy.data.libraries}
    found = set()
    for kind, collection in collections():
        for item in collection:
            if not isinstance(item, bpy.types.ID) or not item.library:
                continue
            # From 4.3 on Blender tells by itself.
            lost = getattr(item, "is_missing", None)
            if lost is None:
                lost = item.name not in held[item.library.name_full].get(kind, ())
            if lost:
                found.add(item.name)
    return sorted(found)


def unknown_nodes():
    return sorted({node.name for _, tree in node_trees() for node in tree.nodes if node.bl_idname == "NodeUndefined"})


def check():
    open_scene()
    broken = broken_images()
    say(
        "checked",
        missing=missing_files(),
        broken=sorted(image.name for image in broken),
        pink=pink(broken, missing_images()),
        unlinked=unlinked(),
        unknown_nodes=unknown_nodes(),
    )


def domains(scene):
    for item in scene.objects:
        for modifier in item.modifiers:
            if modifier.type == "FLUID" and modifier.fluid_type == "DOMAIN":
                yield item, modifier.domain_settings


def bake_fluid(item, settings, number):
    settings.cache_directory = "//cache_fluid_%d" % number
    if settings.cache_type == "REPLAY":
        # The one kind that cannot be baked.
        settings.cache_type = "ALL"
    with bpy.context.temp_override(object=item, active_object=item, selected_objects=[item]):
        if settings.cache_type == "ALL":
            bpy.ops.fluid.bake_all()
            return
        bpy.ops.fluid.bake_data()
        if settings.domain_type == "GAS" and settings.use_noise:
            bpy.ops.fluid.bake_noise()
        if settings.domain_type == "LIQUID" and settings.use_mesh:
            bpy.ops.fluid.bake_mesh()
        if settings.domain_type == "LIQUID" and (
            settings.use_spray_particles or settings.use_foam_particles or settings.use_bubble_particles
        ):
            bpy.ops.fluid.bake_particles()


def simulates_by_nodes(scene):
    """Objects with simulation zones; groups within groups are not followed far."""

    def has_zone(tree, depth=0):
        return tree is not None and depth < 16 and any(
            node.bl_idname == "GeometryNodeSimulationOutput"
            or (node.bl_idname == "GeometryNodeGroup" and has_zone(node.node_tree, depth + 1))
            for node in tree.nodes
        )

    return [
        item
        for item in scene.objects
        if any(modifier.type == "NODES" and has_zone(modifier.node_group) for modifier in item.modifiers)
    ]


def bake_nodes(items):
    for item in bpy.context.view_layer.objects:
        item.select_set(item in items)
    bpy.context.view_layer.objects.active = items[0]
    bpy.ops.object.simulation_nodes_cache_bake(selected=True)


def bake():
    scene = open_scene()
    failed = []

    def attempt(what, work, *arguments):
        try:
            work(*arguments)
        except (RuntimeError, AttributeError) as error:
            failed.append("%s: %s" % (what, str(error).strip().replace("Error: ", "")))

    attempt("Simulations", lambda: bpy.ops.ptcache.bake_all(bake=True))
    for number, (item, settings) in enumerate(domains(scene), 1):
        attempt("Fluid of " + item.name, bake_fluid, item, settings, number)
    items = simulates_by_nodes(scene)
    if items:
        attempt("Simulation nodes", bake_nodes, items)
    scene.frame_set(scene.frame_start)
    bpy.context.preferences.filepaths.save_version = 0
    bpy.ops.wm.save_as_mainfile(filepath=order["open"], compress=False, relative_remap=False)
    say("baked", failed=failed)


def refuse_scripts():
    what = None if order["confined"] else runs_scripts()
    if what:
        raise RuntimeError("it uses " + what)


def render():
    scene = open_scene()
    refuse_scripts()
    remove_file_outputs()
    settings = scene.render
    settings.resolution_percentage = order["percent"]
    settings.image_settings.color_depth = "8"
    for engine in ("cycles", "eevee"):
        own = getattr(scene, engine, None)
        for name in ("samples", "taa_render_samples"):
            if hasattr(own, name):
                setattr(own, name, min(getattr(own, name), order["samples"]))
    if hasattr(scene, "cycles"):
        scene.cycles.device = "CPU"
        scene.cycles.use_denoising = False
        scene.cycles.time_limit = 0
    for layer in scene.view_layers:
        if hasattr(layer, "cycles"):
            layer.cycles.use_denoising = False
    for stamp in ("date", "render_time", "memory", "hostname", "filename"):
        setattr(settings, "use_stamp_" + stamp, False)
    settings.filepath = os.path.join(order["out_dir"], "small.png")
    settings.use_file_extension = False
    scene.frame_set(order["frame"])
    bpy.ops.render.render(write_still=True, scene=scene.name)
    say("rendered")


try:
    {"check": check, "bake": bake, "render": render}[order["do"]]()
except SystemExit:
    pass
except BaseException as error:
    say("failed", detail="%s: %s" % (type(error).__name__, str(error).strip()))
finally:
    sys.stdout.flush()
    os._exit(0)
