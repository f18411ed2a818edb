"""Builds one scene for each kind of dependency that this Blender can make without a window:
blender -b --factory-startup --python build_kinds.py -- FOLDER

FOLDER/NAME/NAME.blend refers to files in its own folder, above it, and by absolute path. FOLDER/paths.json says for each
what `bpy.utils.blend_paths` names. What this Blender cannot make is left out and printed.
"""
import json
import os
import struct
import sys
import traceback
import wave

import bpy

root = sys.argv[sys.argv.index("--") + 1]
said = {}


def path(*parts):
    full = os.path.join(root, *parts)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    return full


def picture(*parts, file_format="PNG"):
    image = bpy.data.images.new("made", 8, 8, float_buffer=file_format == "OPEN_EXR")
    image.pixels = [0.5, 0.2, 0.1, 1.0] * 64
    image.filepath_raw = path(*parts)
    image.file_format = file_format
    image.save()
    bpy.data.images.remove(image)
    return path(*parts)


def written(data, *parts):
    with open(path(*parts), "wb") as file:
        file.write(data)
    return path(*parts)


def sound_file(*parts):
    with wave.open(path(*parts), "w") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(struct.pack("<h", 0) * 800)
    return path(*parts)


def output(scene, media, file_format):
    """From 5.0 on the kind of medium comes before the format."""
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = media
    settings.file_format = file_format


def movie(*parts):
    """A real movie, rendered from nothing but the sky."""
    scene = bpy.data.scenes.new("movie")
    scene.render.resolution_x = scene.render.resolution_y = 16
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False
    scene.camera = bpy.data.objects.new("c", bpy.data.cameras.new("c"))
    scene.collection.objects.link(scene.camera)
    scene.frame_start, scene.frame_end = 1, 2
    output(scene, "VIDEO", "FFMPEG")
    scene.render.ffmpeg.format = "MPEG4"
    scene.render.filepath = path(*parts)
    bpy.ops.render.render(animation=True, scene=scene.name)
    bpy.data.scenes.remove(scene)
    return path(*parts)


def cube(name="Cube", material=None):
    bpy.ops.mesh.primitive_cube_add()
    made = bpy.context.object
    made.name = name
    if material:
        made.data.materials.append(material)
    return made


def material_with(kind, **fields):
    material = bpy.data.materials.new(kind)
    material.use_nodes = True
    node = material.node_tree.nodes.new(kind)
    for name, value in fields.items():
        setattr(node, name, value)
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    if node.outputs:
        material.node_tree.links.new(node.outputs[0], shader.inputs[0])
    return material


def textured(image):
    return material_with("ShaderNodeTexImage", image=image)


def image(stored, *parts, source="FILE"):
    loaded = bpy.data.images.load(path(*parts))
    loaded.source = source
    loaded.filepath = stored
    return loaded


def strips():
    editor = bpy.context.scene.sequence_editor_create()
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def images(name):
    picture(name, "textures", "wood.png")
    picture("shared", "metal.png")
    picture("elsewhere", "glass.png")
    for stored, parts in (
        ("//textures/wood.png", (name, "textures", "wood.png")),
        ("//textures\\wood.png", (name, "textures", "wood.png")),
        ("//../shared/metal.png", ("shared", "metal.png")),
        (path("elsewhere", "glass.png"), ("elsewhere", "glass.png")),
    ):
        cube(material=textured(image(stored, *parts)))


def missing(name):
    picture(name, "gone.png")
    cube(material=textured(image("//gone.png", name, "gone.png")))
    os.remove(path(name, "gone.png"))


def packed(name):
    bpy.ops.wm.save_as_mainfile(filepath=path(name, name + ".blend"))
    picture(name, "packed.png")
    inside = image("//packed.png", name, "packed.png")
    inside.pack()
    cube(material=textured(inside))


def sequence(name):
    for number in (1, 2, 3, 9):
        picture(name, "seq", "img_%04d.png" % number)
    cube(material=textured(image("//seq/img_0001.png", name, "seq", "img_0001.png", source="SEQUENCE")))


def tiles(name):
    for tile in (1001, 1002, 1011):
        picture(name, "skin.%d.png" % tile)
    tiled = image("//skin.<UDIM>.png", name, "skin.1001.png", source="TILED")
    for tile in (1002, 1011):
        if tile not in [found.number for found in tiled.tiles]:
            tiled.tiles.new(tile)
    cube(material=textured(tiled))


def movie_texture(name):
    movie(name, "film.mp4")
    cube(material=textured(image("//film.mp4", name, "film.mp4", source="MOVIE")))


def multilayer(name):
    scene = bpy.context.scene
    picture(name, "layers.exr", file_format="OPEN_EXR")
    scene.use_nodes = True
    tree = scene.node_tree if hasattr(scene, "node_tree") else None
    loaded = image("//layers.exr", name, "layers.exr")
    if tree:
        tree.nodes.new("CompositorNodeImage").image = loaded
    cube(material=textured(loaded))


def world(name):
    picture(name, "sky.hdr", file_format="HDR")
    made = bpy.data.worlds.new("Sky")
    made.use_nodes = True
    made.node_tree.nodes.new("ShaderNodeTexEnvironment").image = image("//sky.hdr", name, "sky.hdr")
    bpy.context.scene.world = made


def library(name):
    picture(name, "lib", "bark.png")
    bpy.ops.wm.save_as_mainfile(filepath=path(name, "lib", "tree.blend"))
    cube("Tree", textured(image("//bark.png", name, "lib", "bark.png")))
    bpy.ops.wm.save_as_mainfile(filepath=path(name, "lib", "tree.blend"), relative_remap=False)
    fresh()
    with bpy.data.libraries.load(path(name, "lib", "tree.blend"), link=True) as (_, into):
        into.objects = ["Tree"]
    bpy.context.scene.collection.objects.link(into.objects[0])
    bpy.data.libraries[0].filepath = "//lib/tree.blend"


def library_of_a_library(name):
    library(name)
    middle = path(name, "middle.blend")
    group = bpy.data.collections.new("Wood")
    group.objects.link(bpy.data.objects["Tree"])
    bpy.context.scene.collection.children.link(group)
    bpy.ops.wm.save_as_mainfile(filepath=middle, relative_remap=False)
    fresh()
    with bpy.data.libraries.load(middle, link=True) as (_, into):
        into.collections = ["Wood"]
    empty = bpy.data.objects.new("Instance", None)
    empty.instance_type = "COLLECTION"
    empty.instance_collection = into.collections[0]
    bpy.context.scene.collection.objects.link(empty)


def movie_clip(name):
    movie(name, "shot.mp4")
    clip = bpy.data.movieclips.load(path(name, "shot.mp4"))
    clip.filepath = "//shot.mp4"
    bpy.context.scene.active_clip = clip


def clip_sequence(name):
    for number in (1, 2, 3):
        picture(name, "plate", "p%03d.png" % number)
    clip = bpy.data.movieclips.load(path(name, "plate", "p001.png"))
    clip.filepath = "//plate/p001.png"
    bpy.context.scene.active_clip = clip


def camera_background(name):
    picture(name, "plate.png")
    camera = bpy.data.cameras.new("c")
    camera.show_background_images = True
    camera.background_images.new().image = image("//plate.png", name, "plate.png")
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("c", camera))


def sound(name):
    sound_file(name, "sound.wav")
    bpy.ops.object.speaker_add()
    loaded = bpy.data.sounds.load(path(name, "sound.wav"))
    loaded.filepath = "//sound.wav"
    bpy.context.object.data.sound = loaded


def font(name):
    builtin = os.path.join(bpy.utils.system_resource("DATAFILES"), "fonts")
    folders = [builtin, "/usr/share/fonts"]
    found = next(
        os.path.join(folder, file)
        for top in folders
        for folder, _, files in os.walk(top)
        for file in files
        if file.lower().endswith((".ttf", ".otf", ".woff2"))
    )
    with open(found, "rb") as file:
        ending = os.path.splitext(found)[1]
        written(file.read(), name, "letters" + ending)
    bpy.ops.object.text_add()
    loaded = bpy.data.fonts.load(path(name, "letters" + ending))
    loaded.filepath = "//letters" + ending
    bpy.context.object.data.font = loaded


def sequencer(name):
    for number in (1, 2):
        picture(name, "plates", "plate %d.png" % number)
    sound_file(name, "music.wav")
    movie(name, "cut.mp4")
    made = strips()
    strip = made.new_image("Plates", path(name, "plates", "plate 1.png"), 1, 1)
    strip.elements.append("plate 2.png")
    try:
        made.new_sound("Music", path(name, "music.wav"), 2, 1)
    except RuntimeError:
        print("this Blender is built without sound")
    made.new_movie("Cut", path(name, "cut.mp4"), 3, 1)


def bake_to_disk(name, cache):
    bpy.context.scene.frame_end = 5
    cache.frame_start, cache.frame_end = 1, 5
    bpy.ops.wm.save_as_mainfile(filepath=path(name, name + ".blend"))
    cache.use_disk_cache = True
    bpy.ops.ptcache.bake_all(bake=True)


def particle_cache(name):
    made = cube()
    made.modifiers.new("Particles", "PARTICLE_SYSTEM")
    made.particle_systems[0].settings.count = 10
    bake_to_disk(name, made.particle_systems[0].point_cache)


def cloth_cache(name):
    bake_to_disk(name, cube().modifiers.new("Cloth", "CLOTH").point_cache)


def alembic(name):
    made = cube()
    bpy.ops.wm.alembic_export(filepath=path(name, "moves.abc"), start=1, end=3)
    loaded = bpy.ops.cachefile.open(filepath=path(name, "moves.abc"))
    assert "FINISHED" in loaded, loaded
    modifier = made.modifiers.new("Cache", "MESH_SEQUENCE_CACHE")
    modifier.cache_file = bpy.data.cache_files[0]
    bpy.data.cache_files[0].filepath = "//moves.abc"


def volume(name):
    written(b" BDV", name, "cloud.vdb")
    made = bpy.data.volumes.new("Cloud")
    made.filepath = "//cloud.vdb"
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Cloud", made))


def volume_sequence(name):
    for number in (1, 2, 3):
        written(b" BDV", name, "smoke", "smoke_%03d.vdb" % number)
    made = bpy.data.volumes.new("Smoke")
    made.filepath = "//smoke/smoke_001.vdb"
    made.is_sequence = True
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Smoke", made))


def mesh_cache(name):
    written(
        b"POINTCACHE2\0" + struct.pack("<iiffi", 1, 8, 0.0, 1.0, 1) + struct.pack("<24f", *[0.5] * 24),
        name,
        "points.pc2",
    )
    modifier = cube().modifiers.new("Cache", "MESH_CACHE")
    modifier.cache_format = "PC2"
    modifier.filepath = "//points.pc2"


def fluid(name):
    made = cube()
    modifier = made.modifiers.new("Fluid", "FLUID")
    modifier.fluid_type = "DOMAIN"
    modifier.domain_settings.cache_directory = "//fluid"
    written(b"x", name, "fluid", "data", "fluid_data_0001.vdb")


def ocean(name):
    modifier = cube().modifiers.new("Ocean", "OCEAN")
    modifier.filepath = "//waves"
    modifier.frame_start, modifier.frame_end = 1, 2
    modifier.use_foam = True
    bpy.ops.wm.save_as_mainfile(filepath=path(name, name + ".blend"))
    bpy.ops.object.ocean_bake(modifier=modifier.name)


def ies(name):
    written(b"IESNA:LM-63-1995\nTILT=NONE\n1 1000 1 2 1 1 2 0 0 0\n1 1 100\n0 90\n0\n100 0\n", name, "lamp.ies")
    bpy.ops.object.light_add(type="POINT")
    light = bpy.context.object.data
    light.use_nodes = True
    node = light.node_tree.nodes.new("ShaderNodeTexIES")
    node.mode = "EXTERNAL"
    node.filepath = "//lamp.ies"


def osl(name):
    written(b"shader s(output color c = 1) {}", name, "shade.osl")
    cube(material=material_with("ShaderNodeScript", mode="EXTERNAL", filepath="//shade.osl"))


def multires(name):
    made = cube()
    made.modifiers.new("Multires", "MULTIRES")
    bpy.ops.object.multires_subdivide(modifier="Multires")
    bpy.ops.wm.save_as_mainfile(filepath=path(name, name + ".blend"))
    bpy.ops.object.multires_external_save(filepath=path(name, "detail.btx"), modifier="Multires")


def textures(name):
    picture(name, "old.png")
    texture = bpy.data.textures.new("Old", "IMAGE")
    texture.image = image("//old.png", name, "old.png")
    made = cube()
    made.modifiers.new("Displace", "DISPLACE").texture = texture
    line = bpy.data.linestyles.new("Line")
    line.texture_slots.add().texture = texture


def node_group(name):
    picture(name, "inside.png")
    group = bpy.data.node_groups.new("Group", "ShaderNodeTree")
    group.nodes.new("ShaderNodeTexImage").image = image("//inside.png", name, "inside.png")
    material = bpy.data.materials.new("Grouped")
    material.use_nodes = True
    material.node_tree.nodes.new("ShaderNodeGroup").node_tree = group
    cube(material=material)


def geometry_nodes(name):
    picture(name, "height.png")
    group = bpy.data.node_groups.new("Geometry", "GeometryNodeTree")
    node = group.nodes.new("GeometryNodeImageTexture")
    node.inputs["Image"].default_value = image("//height.png", name, "height.png")
    cube().modifiers.new("Nodes", "NODES").node_group = group


def names(name):
    """Names that some system cannot hold beside each other, or at all."""
    for file in ("Wood.png", "wood.png", "x" * 140 + ".png", "aux.png", "grün 木.png", "semi;colon & more.png"):
        picture(name, "tex", file)
        cube(material=textured(image("//tex/" + file, name, "tex", file)))


def deep_folders(name):
    """The same name in folders that are too deep to be kept."""
    for number in (1, 2):
        parts = (name, "folder-%d-with-a-long-name" % number, *["and-another-one-below-it"] * 6, "same.png")
        picture(*parts)
        cube(material=textured(image("//" + "/".join(parts[1:]), *parts)))


def usd(name):
    made = cube()
    made.keyframe_insert("location", frame=1)
    made.location.x = 2
    made.keyframe_insert("location", frame=3)
    bpy.context.scene.frame_end = 3
    bpy.ops.wm.usd_export(filepath=path(name, "moves.usdc"), export_animation=True)
    loaded = bpy.ops.cachefile.open(filepath=path(name, "moves.usdc"))
    assert "FINISHED" in loaded, loaded
    modifier = made.modifiers.new("Cache", "MESH_SEQUENCE_CACHE")
    modifier.cache_file = bpy.data.cache_files[0]
    bpy.data.cache_files[0].filepath = "//moves.usdc"


def external_text(name):
    written(b"# notes", name, "notes.py")
    bpy.data.texts.load(path(name, "notes.py")).filepath = "//notes.py"
    cube()


def simulation_nodes(name):
    """A simulation zone, baked to disk."""
    group = bpy.data.node_groups.new("Simulation", "GeometryNodeTree")
    for direction in ("INPUT", "OUTPUT"):
        group.interface.new_socket("Geometry", in_out=direction, socket_type="NodeSocketGeometry")
    first, last = group.nodes.new("NodeGroupInput"), group.nodes.new("NodeGroupOutput")
    begin, end = group.nodes.new("GeometryNodeSimulationInput"), group.nodes.new("GeometryNodeSimulationOutput")
    assert begin.pair_with_output(end)
    move = group.nodes.new("GeometryNodeTransform")
    move.inputs["Translation"].default_value = (0.2, 0, 0)
    group.links.new(first.outputs[0], begin.inputs[0])
    group.links.new(begin.outputs["Geometry"], move.inputs["Geometry"])
    group.links.new(move.outputs[0], end.inputs["Geometry"])
    group.links.new(end.outputs["Geometry"], last.inputs[0])
    made = cube()
    modifier = made.modifiers.new("Nodes", "NODES")
    modifier.node_group = group
    modifier.bake_directory = "//simulated"
    bpy.context.scene.frame_end = 4
    bpy.ops.wm.save_as_mainfile(filepath=path(name, name + ".blend"))
    bpy.context.view_layer.objects.active = made
    made.select_set(True)
    if hasattr(modifier, "bake_target"):
        modifier.bake_target = "DISK"
    bpy.ops.object.simulation_nodes_cache_bake(selected=True)
    found = [file for _, _, files in os.walk(path(name, "simulated")) for file in files]
    assert found, "nothing was baked"


def two_scenes(name):
    picture(name, "first.png")
    cube(material=textured(image("//first.png", name, "first.png")))
    other = bpy.data.scenes.new("Other")
    picture(name, "other.png")
    world = bpy.data.worlds.new("Other")
    world.use_nodes = True
    world.node_tree.nodes.new("ShaderNodeTexEnvironment").image = image("//other.png", name, "other.png")
    other.world = world


def fresh():
    bpy.ops.wm.read_factory_settings(use_empty=True)


def stage():
    """What every scene needs to be rendered, small and fast."""
    scene = bpy.context.scene
    if not scene.camera:
        bpy.ops.object.camera_add(location=(7, -7, 5), rotation=(1.1, 0, 0.8))
        scene.camera = bpy.context.object
    bpy.ops.object.light_add(type="SUN", location=(2, -4, 6))
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 48, 27, 100
    scene.render.use_sequencer = False
    output(scene, "IMAGE", "BMP")
    scene.render.use_stamp = False
    scene.frame_set(1)


KINDS = [
    images,
    missing,
    packed,
    sequence,
    tiles,
    movie_texture,
    multilayer,
    world,
    library,
    library_of_a_library,
    movie_clip,
    clip_sequence,
    camera_background,
    sound,
    font,
    sequencer,
    particle_cache,
    cloth_cache,
    alembic,
    volume,
    volume_sequence,
    mesh_cache,
    fluid,
    ocean,
    ies,
    osl,
    multires,
    textures,
    node_group,
    geometry_nodes,
    names,
    deep_folders,
    usd,
    external_text,
    simulation_nodes,
    two_scenes,
]

for build in KINDS:
    name = build.__name__
    os.makedirs(os.path.join(root, name), exist_ok=True)
    fresh()
    try:
        build(name)
        file = path(name, name + ".blend")
        stage()
        bpy.ops.wm.save_as_mainfile(filepath=file, relative_remap=False)
        bpy.ops.wm.open_mainfile(filepath=file)
        said[name] = sorted({found for found in bpy.utils.blend_paths(absolute=True) if found})
    except Exception as error:
        print("NOT MADE", name, type(error).__name__, str(error).strip().replace("\n", " "))
        traceback.print_exc()
        if os.path.exists(path(name, name + ".blend")):
            os.remove(path(name, name + ".blend"))

with open(os.path.join(root, "paths.json"), "w") as file:
    json.dump(said, file)
