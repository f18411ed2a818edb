# Makes the scenes of this folder. Run it with the oldest Blender that VeriFrame's tests use, so that every later one opens them:
#
#     blender -b --factory-startup --python-exit-code 1 --python examples/make_examples.py -- examples
#
# first-frame.blend       the friendly scene of the first start: a head that turns among coloured balls
# textured/scene.blend    a small scene with one picture outside of it, for trying what becomes of missing files
import math
import os
import random
import sys

import bpy
from mathutils import Vector

FOLDER = os.path.abspath(sys.argv[sys.argv.index("--") + 1])

SAND = (0.78, 0.55, 0.16)
BLUE = (0.10, 0.32, 0.62)
TEAL = (0.10, 0.48, 0.45)
CORAL = (0.80, 0.32, 0.18)
COPPER = (0.72, 0.26, 0.14)
WHITE = (0.80, 0.80, 0.80)
GREEN = (0.02, 0.24, 0.20)


def empty_scene(width, height, samples, frames):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    render = scene.render
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    render.image_settings.file_format = "PNG"
    render.filepath = "//frames/frame_"
    # The same picture whatever the file will be called and wherever it is rendered.
    render.use_persistent_data = False
    scene.cycles.samples = samples
    # Not every Blender has a denoiser; what everyone can render is the better first scene.
    scene.cycles.use_denoising = False
    scene.cycles.max_bounces = 4
    scene.cycles.caustics_reflective = scene.cycles.caustics_refractive = False
    scene.cycles.sample_clamp_indirect = 2.0
    scene.view_settings.view_transform = "Filmic"
    scene.view_settings.look = "Medium High Contrast"
    scene.frame_start, scene.frame_end = 1, frames
    return scene


def material(name, colour, roughness=0.4, metallic=0.0):
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    surface = made.node_tree.nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = (*colour, 1.0)
    surface.inputs["Roughness"].default_value = roughness
    surface.inputs["Metallic"].default_value = metallic
    made.diffuse_color = (*colour, 1.0)
    return made


def world(colour, strength):
    made = bpy.data.worlds.new("World")
    made.use_nodes = True
    background = made.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (*colour, 1.0)
    background.inputs["Strength"].default_value = strength
    bpy.context.scene.world = made


def area_light(name, location, target, energy, size, colour=(1.0, 1.0, 1.0)):
    light = bpy.data.lights.new(name, "AREA")
    light.energy, light.size, light.color = energy, size, colour
    thing = bpy.data.objects.new(name, light)
    thing.location = location
    thing.rotation_euler = (Vector(target) - Vector(location)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.collection.objects.link(thing)
    return thing


def camera(location, target, lens, aperture=None):
    made = bpy.data.cameras.new("Camera")
    made.lens = lens
    thing = bpy.data.objects.new("Camera", made)
    thing.location = location
    thing.rotation_euler = (Vector(target) - Vector(location)).to_track_quat("-Z", "Y").to_euler()
    if aperture:
        made.dof.use_dof = True
        made.dof.focus_distance = (Vector(target) - Vector(location)).length
        made.dof.aperture_fstop = aperture
    bpy.context.collection.objects.link(thing)
    bpy.context.scene.camera = thing
    return thing


def smooth(thing):
    for face in thing.data.polygons:
        face.use_smooth = True


def backdrop(surface):
    """A floor that bends up into a wall far behind, so that the horizon is a soft gradient."""
    far, radius, steps = 7.0, 6.0, 16
    profile = [(-30.0, 0.0)]
    for step in range(steps + 1):
        angle = math.pi / 2 * step / steps
        profile.append((far + radius * math.sin(angle), radius * (1 - math.cos(angle))))
    profile.append((far + radius, 40.0))
    corners = [(x, y, z) for y, z in profile for x in (-40.0, 40.0)]
    faces = [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(profile) - 1)]
    mesh = bpy.data.meshes.new("Floor")
    mesh.from_pydata(corners, [], faces)
    mesh.materials.append(surface)
    floor = bpy.data.objects.new("Floor", mesh)
    smooth(floor)
    bpy.context.collection.objects.link(floor)


def first_frame():
    scene = empty_scene(640, 360, samples=16, frames=24)
    world((0.20, 0.23, 0.30), 0.55)
    backdrop(material("Floor", (0.55, 0.54, 0.53), roughness=0.75))
    colours = [
        material("Blue", BLUE, 0.30),
        material("Teal", TEAL, 0.25),
        material("Coral", CORAL, 0.38),
        material("Copper", COPPER, 0.18, metallic=1.0),
        material("White", WHITE, 0.35),
        material("Green", GREEN, 0.16, metallic=0.85),
    ]

    bpy.ops.mesh.primitive_monkey_add(size=2.2, location=(0.0, 0.0, 1.62))
    head = bpy.context.object
    head.name = "Head"
    smooth(head)
    subdivision = head.modifiers.new("Subdivision", "SUBSURF")
    subdivision.levels, subdivision.render_levels = 1, 2
    head.data.materials.append(material("Sand", SAND, 0.32))
    # It looks around once and comes back to where it began, so that the frames can run in a circle.
    for frame, turn, nod, height in ((1, -0.62, -0.10, 1.62), (9, 0.02, -0.16, 1.72), (17, 0.62, -0.08, 1.62), (25, -0.62, -0.10, 1.62)):
        head.rotation_euler = (nod, 0.0, turn)
        head.location.z = height
        head.keyframe_insert("rotation_euler", frame=frame)
        head.keyframe_insert("location", frame=frame)

    # One mesh for all balls: the file stays small.
    bpy.ops.mesh.primitive_uv_sphere_add(segments=40, ring_count=20, radius=1.0, location=(0, 0, -50))
    first = bpy.context.object
    smooth(first)
    sphere = first.data
    bpy.data.objects.remove(first)
    placed = [(Vector((0.0, 0.0, 0.0)), 1.05)]

    def ball(x, y, radius, surface):
        place = Vector((x, y, radius))
        placed.append((place, radius))
        thing = bpy.data.objects.new("Ball", sphere)
        thing.location, thing.scale = place, (radius, radius, radius)
        bpy.context.collection.objects.link(thing)
        # The balls share their mesh but not their colour.
        if not sphere.materials:
            sphere.materials.append(None)
        thing.material_slots[0].link = "OBJECT"
        thing.material_slots[0].material = surface
        return thing

    blue, teal, coral, copper, white, green = colours
    ball(-1.10, -1.95, 0.42, coral)
    ball(-1.72, -1.68, 0.28, teal)
    ball(-2.05, -1.98, 0.30, coral)
    ball(-1.88, -0.75, 0.34, blue)
    ball(-1.98, 0.25, 0.30, blue)
    ball(-2.80, 0.30, 0.36, copper)
    ball(-2.75, -1.55, 0.32, teal)
    ball(2.15, -0.62, 0.52, green)
    ball(2.45, 0.70, 0.44, white)
    ball(1.50, 0.95, 0.24, copper)
    ball(1.95, -1.75, 0.22, copper)
    rolling = ball(1.25, -2.10, 0.30, blue)
    for frame, x in ((1, 1.25), (13, 0.65), (25, 1.25)):
        rolling.location.x = x
        rolling.keyframe_insert("location", index=0, frame=frame)

    chance = random.Random(7)
    tries = 0
    while len(placed) < 34 and tries < 2000:
        tries += 1
        radius = chance.uniform(0.12, 0.34)
        x, y = chance.uniform(-5.5, 5.5), chance.uniform(1.2, 5.5)
        place = Vector((x, y, radius))
        if all((place - other).length > radius + size + 0.12 for other, size in placed):
            ball(x, y, radius, chance.choice(colours))

    area_light("Key", (-4.5, -4.0, 6.5), (0, 0, 1), energy=620, size=3.5, colour=(1.0, 0.95, 0.88))
    area_light("Rim", (4.5, 3.5, 4.0), (0, 0, 1.2), energy=420, size=2.0, colour=(0.80, 0.88, 1.0))
    area_light("Fill", (5.0, -5.0, 3.0), (0, 0, 1), energy=110, size=5.0)
    camera((0.15, -8.4, 2.60), (0.0, 0.0, 1.16), lens=46, aperture=4.0)
    scene.frame_set(1)
    save("first-frame.blend")


def textured():
    scene = empty_scene(160, 90, samples=8, frames=5)
    world((0.5, 0.6, 0.8), 0.8)
    folder = os.path.join(FOLDER, "textured")
    os.makedirs(os.path.join(folder, "textures"), exist_ok=True)
    picture = bpy.data.images.new("checker", 64, 64)
    pixels = []
    for y in range(64):
        for x in range(64):
            pixels += (0.9, 0.55, 0.2, 1.0) if (x // 8 + y // 8) % 2 else (0.1, 0.25, 0.45, 1.0)
    picture.pixels = pixels
    path = os.path.join(folder, "textures", "checker.png")
    picture.filepath_raw, picture.file_format = path, "PNG"
    picture.save()
    bpy.data.images.remove(picture)
    picture = bpy.data.images.load(path)
    bpy.ops.mesh.primitive_cube_add(size=2, location=(0, 0, 1))
    cube = bpy.context.object
    made = material("Checker", WHITE)
    node = made.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = picture
    made.node_tree.links.new(node.outputs["Color"], made.node_tree.nodes["Principled BSDF"].inputs["Base Color"])
    cube.data.materials.append(made)
    for frame, turn in ((1, 0.3), (5, 1.1)):
        cube.rotation_euler.z = turn
        cube.keyframe_insert("rotation_euler", frame=frame)
    backdrop(material("Floor", (0.5, 0.5, 0.5), roughness=0.8))
    area_light("Key", (-4, -4, 6), (0, 0, 1), energy=700, size=3)
    camera((3.6, -5.0, 3.4), (0, 0, 0.9), lens=42)
    save("textured/scene.blend")


def save(name):
    # Interface layouts of the machine that made the file are of no use to anybody.
    path = os.path.join(FOLDER, *name.split("/"))
    bpy.ops.wm.save_as_mainfile(filepath=path, compress=True, relative_remap=True)
    backup = path + "1"
    if os.path.exists(backup):
        os.remove(backup)


first_frame()
textured()
