# Runs inside Blender after it opened the scene: reads orders from the standard input, one JSON object a line, and answers
# on the standard output with lines that carry a marker which the scene cannot know.
import ctypes
import json
import os
import sys

import bpy

order = sys.veriframe_order
MARKER = order["marker"]


def say(event, **fields):
    fields["event"] = event
    # One write, so that a line of Blender's own threads cannot land in the middle.
    os.write(1, ("\n%s%s\n" % (MARKER, json.dumps(fields))).encode("utf-8"))


class Refused(Exception):
    def __init__(self, code, detail=""):
        self.code = code
        self.detail = detail


def node_trees(scene):
    """The compositing trees that a render of the scene runs, groups included."""
    if not scene.render.use_compositing:
        return
    root = own_tree(scene) if bpy.app.version >= (5, 0, 0) or scene.use_nodes else None
    waiting = [root] if root else []
    seen = set()
    while waiting:
        tree = waiting.pop()
        # Not by its name: a group may be called as the tree of the scene is.
        if tree.as_pointer() in seen:
            continue
        seen.add(tree.as_pointer())
        yield tree
        for node in tree.nodes:
            if node.bl_idname == "CompositorNodeGroup" and node.node_tree and not node.mute:
                waiting.append(node.node_tree)


def nodes(scene, kind):
    return [n for tree in node_trees(scene) for n in tree.nodes if n.bl_idname == kind and not n.mute]


def the_scene():
    name = order["scene"]
    if name is not None and name not in bpy.data.scenes:
        raise Refused("no_such_scene", name)
    scene = bpy.data.scenes[name] if name is not None else bpy.context.scene
    if bpy.context.window:
        bpy.context.window.scene = scene
    return scene


def check_camera(scene):
    if scene.camera or any(marker.camera for marker in scene.timeline_markers):
        return
    sequence = scene.sequence_editor
    strips = getattr(sequence, "strips", None) or getattr(sequence, "sequences", None) if sequence else None
    if scene.render.use_sequencer and strips:
        return
    # A scene that only composites pictures needs none.
    if any(node_trees(scene)) and not nodes(scene, "CompositorNodeRLayers"):
        return
    raise Refused("no_camera")


def check_scripts():
    what = None if order["confined"] else runs_scripts()
    if what:
        raise Refused("unsupported", what)


def set_denoise(scene):
    cycles = getattr(scene, "cycles", None)
    if order["denoise_off"]:
        for other in bpy.data.scenes:
            if hasattr(other, "cycles"):
                other.cycles.use_denoising = False
            for layer in other.view_layers:
                if hasattr(layer, "cycles"):
                    layer.cycles.use_denoising = False
            for node in nodes(other, "CompositorNodeDenoise"):
                node.mute = True
        return
    import _cycles

    has_oidn = getattr(_cycles, "with_openimagedenoise", False)
    if scene.render.engine == "CYCLES" and cycles.use_denoising:
        if any(layer.use and layer.cycles.use_denoising for layer in scene.view_layers):
            wanted = cycles.denoiser
            if wanted == "OPTIX" and order["device_kind"] != "OPTIX":
                raise Refused("missing_denoiser", "optix")
            # Without the library the setting has no other value than a number that Blender cannot name.
            if wanted != "OPTIX" and not has_oidn:
                raise Refused("missing_denoiser", "openimagedenoise")
    if nodes(scene, "CompositorNodeDenoise") and not has_oidn:
        raise Refused("missing_denoiser", "openimagedenoise")


def set_devices(scene):
    addon = bpy.context.preferences.addons.get("cycles")
    if addon is None or not hasattr(scene, "cycles"):
        return
    preferences = addon.preferences
    kind, wanted = order["device_kind"], set(order["device_ids"])
    if kind == "CPU":
        preferences.compute_device_type = "NONE"
        for other in bpy.data.scenes:
            other.cycles.device = "CPU"
        return
    preferences.compute_device_type = kind
    found = {device.id for device in preferences.get_devices_for_type(kind)}
    for device in preferences.devices:
        device.use = device.id in wanted and device.type == kind
    missing = wanted - found
    if missing:
        raise Refused("device_unavailable", sorted(missing)[0])
    for other in bpy.data.scenes:
        other.cycles.device = "GPU"


def set_output(scene):
    render = scene.render
    if render.image_settings.file_format != order["format"]:
        raise Refused("unsupported", "this Blender cannot write " + order["format"])
    if render.use_multiview:
        raise Refused("unsupported", "stereo views")
    render.filepath = os.path.join(order["out_dir"], "frame_####")
    render.use_file_extension = True
    render.use_overwrite = True
    render.use_placeholder = False
    remove_file_outputs()
    for other in bpy.data.scenes:
        # These put the name and folders of this computer into the file, or into the picture itself.
        for stamp in ("date", "render_time", "memory", "hostname", "filename"):
            setattr(other.render, "use_stamp_" + stamp, False)


def single(number):
    """As Blender's C code has it, in 32 bits."""
    return ctypes.c_float(number).value


def region(render):
    """Pixels of the whole picture, and of what of it this file renders: left, bottom, width, height.

    As `RE_InitState` of Blender's `render/intern/pipeline.c` cuts it.
    """
    full = [side * render.resolution_percentage // 100 for side in (render.resolution_x, render.resolution_y)]
    if not render.use_border:
        return full, [0, 0, *full]
    if not render.use_crop_to_border:
        raise Refused("unsupported", "pieces of a picture with a border that leaves the rest of it empty")
    low = [int(single(edge * side)) for edge, side in zip((render.border_min_x, render.border_min_y), full)]
    high = [int(single(edge * side)) for edge, side in zip((render.border_max_x, render.border_max_y), full)]
    return full, [*low, high[0] - low[0], high[1] - low[1]]


def set_still(scene):
    """Once for all pieces of a still: what would make one piece unlike the others is switched off."""
    global FULL, REGION
    FULL, REGION = region(scene.render)
    if REGION[2:] != order["still"]:
        sizes = (*REGION[2:], *order["still"])
        raise Refused("unsupported", "a picture of %d x %d pixels, where %d x %d were promised" % sizes)
    if order["ranges"]:
        cycles = getattr(scene, "cycles", None)
        if scene.render.engine != "CYCLES" or not hasattr(cycles, "sample_offset"):
            raise Refused("unsupported", "ranges of samples")
        if cycles.sample_offset > 0 or getattr(cycles, "use_sample_subset", False):
            raise Refused("unsupported", "ranges of what is a range of samples already")


def set_tile(scene, left, top, width, height):
    """Renders this rectangle of the picture and nothing else. `top` is counted from the upper edge."""
    render = scene.render
    left += REGION[0]
    bottom = REGION[1] + REGION[3] - top - height
    render.use_border = render.use_crop_to_border = True
    # A quarter into the pixel: Blender cuts the product off, and some of its engines round it.
    render.border_min_x, render.border_max_x = (left + 0.25) / FULL[0], (left + width + 0.25) / FULL[0]
    render.border_min_y, render.border_max_y = (bottom + 0.25) / FULL[1], (bottom + height + 0.25) / FULL[1]


def set_samples(scene, first, count, total):
    """Renders this range of the samples of every pixel."""
    cycles = scene.cycles
    # Pixels that stop early have fewer samples than the range is weighted with.
    cycles.use_adaptive_sampling = False
    cycles.sample_offset = first
    if hasattr(cycles, "use_sample_subset"):
        # From 4.4 on Cycles knows the whole while it renders a part of it.
        cycles.use_sample_subset = True
        cycles.sample_subset_length = count
        cycles.samples = total
    else:
        cycles.samples = count
    for layer in scene.view_layers:
        # A layer's own number would replace the range.
        layer.samples = 0


def set_up():
    if not bpy.data.filepath:
        raise Refused("unreadable", "the file was not opened")
    scene = the_scene()
    check_camera(scene)
    check_scripts()
    set_output(scene)
    set_denoise(scene)
    set_devices(scene)
    render = scene.render
    if order["percent"] is not None:
        render.resolution_percentage = order["percent"]
    if order["samples"] is not None:
        if hasattr(scene, "cycles"):
            scene.cycles.samples = order["samples"]
        if hasattr(scene, "eevee"):
            scene.eevee.taa_render_samples = order["samples"]
    for other in bpy.data.scenes:
        # A frame must not depend on how fast the computer is.
        if hasattr(other, "cycles") and hasattr(other.cycles, "time_limit"):
            other.cycles.time_limit = 0
        if order["threads"] is not None:
            other.render.threads_mode = "FIXED"
            other.render.threads = order["threads"]
    scene.frame_step = 1
    if order["still"] is not None:
        set_still(scene)
    return scene


def render_still(scene, frame):
    pattern = scene.render.filepath
    path = scene.render.frame_path(frame=frame)
    scene.frame_set(frame)
    scene.render.filepath = path
    try:
        bpy.ops.render.render(write_still=True, scene=scene.name)
    finally:
        scene.render.filepath = pattern


def render_frame(scene, frame):
    # As one-frame animations: setting the frame and rendering a still gives other pixels for unbaked simulations.
    scene.frame_start = scene.frame_end = frame
    try:
        if scene.frame_start == frame:
            bpy.ops.render.render(animation=True, scene=scene.name)
        else:
            # Python cannot set a negative range. Nothing is simulated there: caches begin at frame 0 or later.
            render_still(scene, frame)
    except RuntimeError as error:
        if not scene.camera:
            say("failed", frame=frame, code="no_camera", detail=str(error))
        else:
            say("failed", frame=frame, code="blender", detail=str(error))
        return
    say("rendered", frame=frame, file=os.path.basename(scene.render.frame_path(frame=frame)))


def pass_on_progress():
    """From 5.0 on Blender prints no progress, but tells it to handlers."""
    if bpy.app.version >= (5, 0, 0):
        bpy.app.handlers.render_stats.append(lambda text, *_: say("stats", text=str(text)))


def main():
    try:
        scene = set_up()
    except Refused as reason:
        say("refused", code=reason.code, detail=reason.detail)
        return
    pass_on_progress()
    render = scene.render
    say(
        "ready",
        scene=scene.name,
        engine=render.engine,
        layers=max(1, sum(1 for layer in scene.view_layers if layer.use)),
    )
    while True:
        line = sys.stdin.readline()
        if not line:
            return
        piece = json.loads(line)
        if piece["tile"] is not None:
            set_tile(scene, *piece["tile"])
        if piece["samples"] is not None:
            set_samples(scene, *piece["samples"])
        render_frame(scene, piece["frame"])


try:
    main()
except BaseException as error:
    say("refused", code="guard", detail="%s: %s" % (type(error).__name__, error))
finally:
    # Nothing after this counts, and freeing a large scene takes its time.
    sys.stdout.flush()
    os._exit(0)
