# A small scene that is the same everywhere and asks of a processor what scenes ask: rays that bounce between diffuse,
# glossy and glass surfaces, many triangles, one image-like texture.
import json
import os
import sys
import time

import bpy

order = json.loads(sys.stdin.readline())
MARKER = order["marker"]


def say(**fields):
    os.write(1, ("\n%s%s\n" % (MARKER, json.dumps(fields))).encode("utf-8"))


def material(name, colour, roughness, metallic=0.0, glass=False):
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    tree = made.node_tree
    surface = tree.nodes.new("ShaderNodeBsdfGlass" if glass else "ShaderNodeBsdfDiffuse")
    if not glass and (metallic or roughness < 0.5):
        surface = tree.nodes.new("ShaderNodeBsdfGlossy")
    surface.inputs["Color"].default_value = colour + (1.0,)
    surface.inputs["Roughness"].default_value = roughness
    output = next(node for node in tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial")
    tree.links.new(surface.outputs[0], output.inputs["Surface"])
    return made


def build():
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    materials = [
        material("grey", (0.6, 0.6, 0.6), 0.8),
        material("red", (0.7, 0.2, 0.15), 0.8),
        material("metal", (0.8, 0.7, 0.5), 0.25, metallic=1.0),
        material("glass", (1.0, 1.0, 1.0), 0.0, glass=True),
    ]
    bpy.ops.mesh.primitive_plane_add(size=40)
    bpy.context.object.data.materials.append(materials[0])
    for index in range(9):
        place = (index % 3 * 2.2 - 2.2, index // 3 * 2.2 - 2.2, 1.0)
        if index % 2:
            bpy.ops.mesh.primitive_monkey_add(size=1.8, location=place)
            subdivision = bpy.context.object.modifiers.new("subdivision", "SUBSURF")
            subdivision.levels = subdivision.render_levels = 2
        else:
            bpy.ops.mesh.primitive_ico_sphere_add(radius=0.9, subdivisions=5, location=place)
        bpy.context.object.data.materials.append(materials[index % 4])
    bpy.ops.object.light_add(type="AREA", location=(4, -4, 6), rotation=(0.7, 0.0, 0.8))
    bpy.context.object.data.energy = 900
    bpy.context.object.data.size = 3
    bpy.ops.object.camera_add(location=(7, -7, 5.5), rotation=(1.05, 0.0, 0.785))
    bpy.context.scene.camera = bpy.context.object


def set_up(scene):
    render = scene.render
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y, render.resolution_percentage = order["width"], order["height"], 100
    render.image_settings.file_format = "PNG"
    render.filepath = os.path.join(order["out_dir"], "benchmark")
    cycles = scene.cycles
    cycles.use_denoising = False
    cycles.use_adaptive_sampling = False
    cycles.max_bounces = 6
    if order["threads"] is not None:
        render.threads_mode = "FIXED"
        render.threads = order["threads"]
    kind = order["device_kind"]
    preferences = bpy.context.preferences.addons["cycles"].preferences
    if kind == "CPU":
        cycles.device = "CPU"
        return
    preferences.compute_device_type = kind
    preferences.get_devices_for_type(kind)
    for device in preferences.devices:
        device.use = device.type == kind and device.id in order["device_ids"]
    cycles.device = "GPU"


def render(scene, samples):
    """Seconds that this many samples take on a computer that does nothing else."""
    scene.cycles.samples = samples
    started, worked = time.perf_counter(), time.process_time()
    bpy.ops.render.render(write_still=True)
    took, worked = time.perf_counter() - started, time.process_time() - worked
    if order["device_kind"] != "CPU":
        return took
    # A computer that is busy now is no slower when it is asked to render. But more threads than it may use, as in a
    # container with a limit, do not make it faster, so that this goes only so far.
    return min(took, max(worked / scene.render.threads, took / 4))


try:
    scene = bpy.context.scene
    build()
    set_up(scene)
    # Once to load the kernels, once to know what a frame costs besides its samples.
    render(scene, 1)
    least = render(scene, 1)
    say(progress=0.2)
    # More samples until they fill the time: nothing is concluded from a short render. Nor does a busy computer go on forever.
    patience = time.perf_counter() + 5 * order["seconds"]
    samples, took = 4, render(scene, 4)
    while took < order["seconds"] / 2 and samples < 4000 and time.perf_counter() < patience:
        say(progress=0.4)
        factor = min(order["seconds"] / max(took, 0.001), 10)
        samples = min(4000, max(2 * samples, int(samples * factor)))
        took = render(scene, samples)
    say(samples=samples - 1, seconds=max(took - least, took / 2))
except BaseException as error:
    say(error="%s: %s" % (type(error).__name__, error))
finally:
    sys.stdout.flush()
    os._exit(0)
