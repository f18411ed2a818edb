"""What the Blender Asset Tracer finds in many files, in one process: python trace_all.py SCENES.json ANSWER.json

SCENES.json is a list of .blend files; ANSWER.json maps each to the files that `bat list --json` names for it.
"""
import json
import sys
from pathlib import Path

from blender_asset_tracer import blendfile, trace

with open(sys.argv[1]) as scenes:
    scenes = json.load(scenes)
# As `bat` itself is set: a pointer to nothing is nothing, and no error.
blendfile.set_strict_pointer_mode(False)
found = {}
for scene in scenes:
    found[scene] = sorted({str(path.resolve()) for usage in trace.deps(Path(scene)) for path in usage.files()})
    # It keeps every file open that it has read.
    blendfile.close_all_cached()
with open(sys.argv[2], "w") as answer:
    json.dump(found, answer)
