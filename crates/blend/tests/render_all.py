"""Opens scenes one after the other and renders a frame of each: blender -b --python render_all.py -- ORDERS.json

ORDERS.json is a list of [scene, picture]. Beside each picture, PICTURE.json tells which files Blender did not find.
"""
import json
import os
import sys

import bpy

with open(sys.argv[sys.argv.index("--") + 1]) as orders:
    orders = json.load(orders)
for scene, picture in orders:
    bpy.ops.wm.open_mainfile(filepath=scene, use_scripts=False)
    paths = [os.path.normpath(path) for path in bpy.utils.blend_paths(absolute=True, packed=False, local=False) if path]
    gone = [path for path in paths if not os.path.exists(path.replace("<UDIM>", "1001"))]
    lost = [item.name for item in bpy.data.objects if getattr(item, "is_missing", False)]
    with open(picture + ".json", "w") as answer:
        json.dump({"paths": paths, "gone": gone, "lost": lost}, answer)
    bpy.context.scene.render.filepath = picture
    bpy.context.scene.render.use_file_extension = False
    bpy.ops.render.render(write_still=True)
