# Waits for the first order and opens the scene that it names. What follows on Blender's command line, and the guard after
# it, find the scene open.
import json
import os
import sys

import bpy


def _open():
    order = json.loads(sys.stdin.readline())
    sys.veriframe_order = order
    try:
        # The interface comes along, because it says which scene is the active one.
        bpy.ops.wm.open_mainfile(filepath=order["open"], load_ui=True, use_scripts=False)
        if order["scene"] is not None and order["scene"] in bpy.data.scenes and bpy.context.window:
            bpy.context.window.scene = bpy.data.scenes[order["scene"]]
    except Exception as error:
        refusal = {"event": "refused", "code": "unreadable", "detail": str(error).strip()}
        os.write(1, ("\n%s%s\n" % (order["marker"], json.dumps(refusal))).encode("utf-8"))
        os._exit(0)


try:
    _open()
except BaseException:
    # No order came: whoever started this Blender is gone, or wants it no more.
    os._exit(0)
