# Asks a Blender what it is. Every answer is one line that starts with the marker; the first one comes before anything that
# can crash.
import json
import os
import sys

import bpy

MARKER = sys.stdin.readline().strip()


def say(**fields):
    os.write(1, ("\n%s%s\n" % (MARKER, json.dumps(fields))).encode("utf-8"))


def engines():
    """The identifiers that can really be set; the list of the property itself is not complete."""
    scene = bpy.context.scene
    before = scene.render.engine
    found = []
    for name in ("CYCLES", "BLENDER_EEVEE", "BLENDER_EEVEE_NEXT", "BLENDER_WORKBENCH"):
        try:
            scene.render.engine = name
            found.append(name)
        except TypeError:
            pass
    scene.render.engine = before
    return found


def cycles_preferences():
    addon = bpy.context.preferences.addons.get("cycles")
    return addon.preferences if addon else None


def devices():
    preferences = cycles_preferences()
    found = {}
    if preferences:
        for kind in ("CUDA", "OPTIX", "HIP", "METAL", "ONEAPI", "CPU"):
            try:
                for device in preferences.get_devices_for_type(kind):
                    if device.type == kind:
                        found[(kind, device.id)] = {"id": device.id, "kind": kind, "name": device.name}
            except Exception:
                pass
    return list(found.values())


def denoisers():
    found = []
    try:
        import _cycles

        if getattr(_cycles, "with_openimagedenoise", False):
            found.append("openimagedenoise")
        # OptiX is a property of the card and its driver.
        if any(device["kind"] == "OPTIX" for device in devices()):
            found.append("optix")
    except ImportError:
        pass
    return found


def draws():
    """Whether there is a graphics context. Where there is none, Blender dies of this."""
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x = scene.render.resolution_y = 16
    scene.render.resolution_percentage = 100
    scene.render.filepath = os.path.join(bpy.app.tempdir, "draws.png")
    scene.render.image_settings.file_format = "PNG"
    bpy.ops.render.render(write_still=True)
    return os.path.exists(scene.render.filepath)


try:
    say(
        version=list(bpy.app.version),
        engines=engines(),
        denoisers=denoisers(),
        devices=devices(),
    )
    say(draws=draws())
finally:
    sys.stdout.flush()
    os._exit(0)
