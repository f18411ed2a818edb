"""Builds the scenes of the tests: blender -b --factory-startup --python build_scene.py -- FOLDER COMPRESS

FOLDER/project/scene.blend refers to files beside it, above it, by absolute path, and links FOLDER/library/tree.blend,
which has a texture of its own.
"""
import os
import struct
import sys
import wave

import bpy

root, compress = sys.argv[sys.argv.index("--") + 1:][:2]
compress = compress == "1"


def path(*parts):
    full = os.path.join(root, *parts)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def picture(color, *parts):
    image = bpy.data.images.new("made", 8, 8)
    image.pixels = list(color) * 64
    image.filepath_raw = path(*parts)
    image.file_format = "PNG"
    image.save()
    bpy.data.images.remove(image)
    return path(*parts)


def textured(name, image):
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    tree = material.node_tree
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    return material


def cube(name, material):
    bpy.ops.mesh.primitive_cube_add()
    made = bpy.context.object
    made.name = name
    made.data.materials.append(material)
    return made


def save(*parts):
    bpy.ops.wm.save_as_mainfile(filepath=path(*parts), compress=compress, relative_remap=False)


# The library, with a texture below it and one above.
bpy.ops.wm.read_factory_settings(use_empty=True)
save("library", "tree.blend")
bark = bpy.data.images.load(picture((0.4, 0.2, 0.1, 1), "library", "bark", "bark.png"))
bark.filepath = "//bark/bark.png"
leaf = bpy.data.images.load(picture((0.1, 0.6, 0.1, 1), "shared", "leaf.png"))
leaf.filepath = "//../shared/leaf.png"
tree = cube("Tree", textured("Bark", bark))
tree.data.materials.append(textured("Leaf", leaf))
unused = bpy.data.images.load(picture((1, 0, 0, 1), "library", "nobody.png"))
unused.use_fake_user = True
save("library", "tree.blend")

# The scene.
bpy.ops.wm.read_factory_settings(use_empty=True)
save("project", "scene.blend")
scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.samples = 7
scene.cycles.use_denoising = False
scene.cycles.use_adaptive_sampling = False
scene.frame_start, scene.frame_end, scene.frame_step = 3, 12, 2
scene.render.fps, scene.render.fps_base = 30, 1.001
scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 64, 48, 50
scene.render.use_border = True
scene.render.border_min_x = 0.25
scene.render.image_settings.file_format = "OPEN_EXR"
scene.render.filepath = "//out/"
bpy.ops.object.camera_add(location=(0, -8, 0), rotation=(1.57, 0, 0))
bpy.context.object.name = "Shot"
scene.camera = bpy.context.object
bpy.ops.object.camera_add()
bpy.context.object.name = "Other"

wood = bpy.data.images.load(picture((0.8, 0.5, 0.2, 1), "project", "textures", "wood.png"))
wood.filepath = "//textures\\wood.png"
metal = bpy.data.images.load(picture((0.5, 0.5, 0.5, 1), "shared", "metal.png"))
metal.filepath = "//../shared/metal.png"
glass = bpy.data.images.load(picture((0.2, 0.3, 0.9, 1), "absolute", "Wood.png"))
packed = bpy.data.images.load(picture((0.9, 0.9, 0.1, 1), "gone", "packed.png"))
packed.pack()
os.remove(path("gone", "packed.png"))
for number in (1, 2, 3):
    picture((0, number / 3, 0, 1), "project", "seq", "img_%04d.png" % number)
sequence = bpy.data.images.load(path("project", "seq", "img_0001.png"))
sequence.source = "SEQUENCE"
sequence.filepath = "//seq/img_0001.png"
for tile in (1001, 1002):
    picture((0, 0, (tile - 1000) / 2, 1), "project", "tiles", "skin.%d.png" % tile)
tiles = bpy.data.images.load(path("project", "tiles", "skin.1001.png"))
tiles.source = "TILED"
tiles.filepath = "//tiles/skin.<UDIM>.png"
if len(tiles.tiles) < 2:
    tiles.tiles.new(1002)
# The same file mentioned by another way to it.
again = bpy.data.images.load(path("project", "textures", "wood.png"), check_existing=False)
again.filepath = path("project", "textures", "..", "textures", "wood.png")
for name, image in dict(Wood=wood, Metal=metal, Glass=glass, Packed=packed, Sequence=sequence, Tiles=tiles, Again=again).items():
    cube(name, textured(name, image)).location.x = len(bpy.data.objects)

with open(path("shared", "lamp.ies"), "w") as profile:
    profile.write("IESNA:LM-63-1995\nTILT=NONE\n1 1000 1 2 1 1 2 0 0 0\n1 1 100\n0 90\n0\n100 0\n")
bpy.ops.object.light_add(type="POINT")
light = bpy.context.object.data
light.use_nodes = True
node = light.node_tree.nodes.new("ShaderNodeTexIES")
node.mode = "EXTERNAL"
node.filepath = "//../shared/lamp.ies"
light.node_tree.links.new(node.outputs[0], light.node_tree.nodes["Emission"].inputs["Strength"])

with wave.open(path("project", "sound.wav"), "w") as sound:
    sound.setparams((1, 2, 8000, 0, "NONE", ""))
    sound.writeframes(struct.pack("<h", 0) * 800)
bpy.ops.object.speaker_add()
bpy.context.object.data.sound = bpy.data.sounds.load(path("project", "sound.wav"))
bpy.context.object.data.sound.filepath = "//sound.wav"

with open(path("absolute", "points.pc2"), "wb") as cache:
    cache.write(b"POINTCACHE2\0" + struct.pack("<iiffi", 1, 8, 0.0, 1.0, 1) + struct.pack("<24f", *[0.5] * 24))
modifier = bpy.data.objects["Metal"].modifiers.new("Cache", "MESH_CACHE")
modifier.cache_format = "PC2"
modifier.filepath = path("absolute", "points.pc2")

for number in (1, 2):
    with open(path("project", "smoke", "smoke_%03d.vdb" % number), "wb") as grid:
        grid.write(b" BDV")
volume = bpy.data.volumes.new("Smoke")
volume.filepath = "//smoke/smoke_001.vdb"
volume.is_sequence = True
scene.collection.objects.link(bpy.data.objects.new("Smoke", volume))

editor = scene.sequence_editor_create()
for number in (1, 2):
    picture((number / 2, 0, 0, 1), "plates", "plate %d.png" % number)
strips = editor.strips if hasattr(editor, "strips") else editor.sequences
strip = strips.new_image("Plates", path("plates", "plate 1.png"), 1, 1)
strip.directory = "//../plates/"
strip.elements.append("plate 2.png")

with bpy.data.libraries.load(path("library", "tree.blend"), link=True) as (source, wanted):
    wanted.objects = ["Tree"]
scene.collection.objects.link(wanted.objects[0])
bpy.data.libraries[0].filepath = "//../library/tree.blend"

forgotten = bpy.data.images.new("Forgotten", 8, 8)
forgotten.source = "FILE"
forgotten.filepath = "/nowhere/forgotten.png"
forgotten.use_fake_user = True
text = bpy.data.texts.new("startup.py")
text.use_module = True
driver = bpy.data.objects["Wood"].driver_add("location", 0).driver
driver.expression = "frame / 10"
driver = bpy.data.objects["Metal"].driver_add("location", 0).driver
driver.expression = "len('abc')"
second = bpy.data.scenes.new("Empty")
second.render.engine = "BLENDER_WORKBENCH"
save("project", "scene.blend")
