# Builds folders as the packer makes them, sound and troubled: `blender -b --factory-startup --python preflight_scenes.py -- FOLDER`.
import os
import sys

import bpy

root = sys.argv[sys.argv.index("--") + 1]


def start(name):
    bpy.ops.wm.read_factory_settings()
    os.makedirs(os.path.join(root, name))
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y = 640, 360
    scene.cycles.samples = 4
    scene.cycles.use_denoising = False
    scene.frame_start, scene.frame_end = 1, 24
    return scene


def save(name, file="scene.blend"):
    bpy.ops.wm.save_as_mainfile(filepath=os.path.join(root, name, file), relative_remap=False)


def picture(name, file):
    image = bpy.data.images.new("made", 8, 8)
    image.filepath_raw = os.path.join(root, name, file)
    image.file_format = "PNG"
    image.save()
    bpy.data.images.remove(image)


def painted(material, name, file):
    made = bpy.data.materials.new(material)
    made.use_nodes = True
    node = made.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.load(os.path.join(root, name, file))
    node.image.filepath = "//" + file
    shader = next(node for node in made.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    made.node_tree.links.new(node.outputs[0], shader.inputs["Base Color"])
    bpy.data.objects["Cube"].data.materials.append(made)


def library(name, file, objects):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    for made in objects:
        bpy.context.scene.collection.objects.link(bpy.data.objects.new(made, bpy.data.meshes.new(made)))
    save(name, file)


def link(name, file, wanted):
    with bpy.data.libraries.load(os.path.join(root, name, file), link=True) as (_, into):
        into.objects = wanted
    for linked in into.objects:
        bpy.context.scene.collection.objects.link(linked)
    bpy.data.libraries[0].filepath = "//" + file


def sound():
    start("sound")
    library("sound", "tree.blend", ["Tree"])
    bpy.ops.wm.read_factory_settings()
    link("sound", "tree.blend", ["Tree"])
    picture("sound", "wood.png")
    painted("Wood", "sound", "wood.png")
    # The text itself is inside; the file it came from is no matter.
    bpy.data.texts.new("Notes").filepath = "//notes.txt"
    save("sound")


def troubled():
    start("troubled")
    library("troubled", "tree.blend", ["Tree", "Bush"])
    bpy.ops.wm.read_factory_settings()
    link("troubled", "tree.blend", ["Tree", "Bush"])
    for material, file in (("Gone", "gone.png"), ("Garbled", "garbled.png")):
        picture("troubled", file)
        painted(material, "troubled", file)
    save("troubled")
    os.remove(os.path.join(root, "troubled", "gone.png"))
    with open(os.path.join(root, "troubled", "garbled.png"), "wb") as file:
        file.write(b"no picture")
    library("troubled", "tree.blend", ["Tree"])


def falling():
    scene = start("falling")
    cube = bpy.data.objects["Cube"]
    cube.location.z = 3
    bpy.context.view_layer.objects.active = cube
    bpy.ops.rigidbody.object_add(type="ACTIVE")
    scene.rigidbody_world.point_cache.frame_end = 24
    save("falling")


def smoke():
    scene = start("smoke")
    scene.frame_end = 3
    cube = bpy.data.objects["Cube"]
    domain = cube.modifiers.new("Fluid", "FLUID")
    domain.fluid_type = "DOMAIN"
    settings = domain.domain_settings
    settings.resolution_max = 8
    settings.cache_frame_start, settings.cache_frame_end = 1, 3
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.3)
    flow = bpy.context.object.modifiers.new("Fluid", "FLUID")
    flow.fluid_type = "FLOW"
    flow.flow_settings.flow_behavior = "INFLOW"
    save("smoke")


for build in (sound, troubled, falling, smoke):
    build()
