"""Tells where this Blender keeps what it comes with: blender -b --python resources.py -- ANSWER"""
import os
import sys

import bpy

with open(sys.argv[sys.argv.index("--") + 1], "w") as answer:
    answer.write(os.path.dirname(bpy.utils.system_resource("DATAFILES")))
