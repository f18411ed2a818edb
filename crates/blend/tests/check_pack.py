"""Tells what Blender itself makes of a file: blender -b FILE --python check_pack.py -- OUT.json"""
import json
import os
import sys

import bpy

out = sys.argv[sys.argv.index("--") + 1]


def there(path):
    for token in ("<UDIM>", "<UVTILE>"):
        path = path.replace(token, "1001")
    return os.path.exists(path)


# Nothing packed, everything absolute, libraries followed.
paths = [os.path.normpath(path) for path in bpy.utils.blend_paths(absolute=True, packed=False, local=False)]
images = []
for image in bpy.data.images:
    if image.source in {"FILE", "SEQUENCE", "TILED"} and not image.use_fake_user:
        images.append({"name": image.name, "path": bpy.path.abspath(image.filepath, library=image.library),
                       "loads": image.size[0] > 0})
with open(out, "w") as target:
    json.dump({
        "paths": paths,
        "missing": [path for path in paths if not there(path)],
        "images": images,
        "libraries": [bpy.path.abspath(library.filepath) for library in bpy.data.libraries],
        "objects_missing": [item.name for item in bpy.data.objects if getattr(item, "is_missing", False)],
        "objects": sorted(item.name for item in bpy.data.objects),
        "strips": [
            {"folder": os.path.normpath(bpy.path.abspath(strip.directory)), "names": [part.filename for part in strip.elements]}
            for scene in bpy.data.scenes if scene.sequence_editor
            for strip in getattr(scene.sequence_editor, "strips_all", None) or scene.sequence_editor.sequences_all if strip.type == "IMAGE"
        ],
    }, target)
