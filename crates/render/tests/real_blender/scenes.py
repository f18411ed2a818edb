# Builds the scenes of the tests with real Blender: `blender -b --factory-startup --python scenes.py -- FOLDER`.
import os
import sys

import bpy

folder = sys.argv[sys.argv.index("--") + 1]


def start(samples=6):
    bpy.ops.wm.read_factory_settings()
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y = 160, 90
    scene.cycles.samples = samples
    scene.cycles.use_denoising = False
    scene.frame_start, scene.frame_end = 1, 5
    return scene


def save(name):
    bpy.ops.wm.save_as_mainfile(filepath=os.path.join(folder, name + ".blend"), copy=True)


def animated():
    scene = start()
    cube = bpy.data.objects["Cube"]
    for frame, angle in ((1, 0.0), (5, 1.5)):
        cube.rotation_euler.z = angle
        cube.keyframe_insert("rotation_euler", frame=frame)
    # What depends on the machine or on the file's own idea of output must not matter.
    scene.cycles.time_limit = 0.001
    scene.render.filepath = "/nowhere/"
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.use_placeholder = True
    save("animated")


def simulated():
    """Particles without a baked cache: the picture depends on how the frames were walked through."""
    scene = start()
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.1, location=(9, 9, 9))
    grain = bpy.context.object
    cube = bpy.data.objects["Cube"]
    bpy.context.view_layer.objects.active = cube
    cube.modifiers.new("grains", "PARTICLE_SYSTEM")
    settings = cube.particle_systems[0].settings
    settings.count = 60
    settings.frame_start, settings.frame_end = 1, 4
    settings.render_type = "OBJECT"
    settings.instance_object = grain
    settings.particle_size = 1.0
    save("simulated")


def denoised():
    scene = start()
    # What the setting is in a default scene, whether this Blender can do it or not.
    scene.cycles.use_denoising = True
    save("denoised")


def without_camera():
    start()
    bpy.data.objects.remove(bpy.data.objects["Camera"])
    save("without_camera")


def endless():
    scene = start(samples=1000000)
    scene.cycles.use_adaptive_sampling = False
    save("endless")


def border(scene, crop):
    render = scene.render
    render.dither_intensity = 0
    render.use_border, render.use_crop_to_border = True, crop
    render.border_min_x, render.border_max_x = 0.2, 0.7
    render.border_min_y, render.border_max_y = 0.1, 0.9


def bordered():
    border(start(), True)
    save("bordered")


def half_empty():
    border(start(), False)
    save("half_empty")


def drawn():
    render = start().render
    render.engine = "BLENDER_WORKBENCH"
    render.dither_intensity = 0
    save("drawn")


def light():
    scene = start(samples=9)
    # Of a layer's own samples nothing may be left, nor of pixels that stop early.
    scene.view_layers[0].samples = 9
    scene.cycles.use_adaptive_sampling = False
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_depth = "32"
    save("light")


def two_scenes():
    scene = start()
    scene.render.engine = "CYCLES"
    other = scene.copy()
    other.name = "Second"
    other.use_fake_user = True
    for thing in list(other.collection.children):
        other.collection.children.unlink(thing)
    other.collection.objects.link(bpy.data.objects["Camera"])
    other.render.resolution_x = 80
    save("two_scenes")


def styled(name, code):
    """A Freestyle style module runs Python although scripts are off."""
    scene = start()
    text = bpy.data.texts.new(name + ".py")
    text.write(code)
    scene.render.use_freestyle = True
    layer = scene.view_layers[0]
    layer.use_freestyle = True
    layer.freestyle_settings.mode = "SCRIPT"
    module = layer.freestyle_settings.modules.new()
    module.script = text
    save(name)


# It reads, writes and connects where it should not.
NOSY = """
import ctypes, os, socket
def attempt(name, what):
    try:
        result = what()
    except BaseException as error:
        result = type(error).__name__
    print("NOSY", name, result, flush=True)
def listed(path):
    return sorted(os.listdir(path))
def write(path):
    with open(path, "w") as file:
        file.write("x")
    return "written"
def connect(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(2)
        connection.connect(address)
    return "connected"
attempt("read", lambda: open(SECRET).read())
attempt("passwd", lambda: open("/etc/passwd").read())
attempt("root", lambda: listed("/"))
attempt("environment", lambda: os.environ.get("VERIFRAME_TEST_SECRET", "unset"))
attempt("connect", lambda: connect(socket.AF_INET, ("127.0.0.1", PORT)))
attempt("scene", lambda: write("/scene/written"))
attempt("usr", lambda: write("/usr/written"))
attempt("slash", lambda: write("/written"))
attempt("home", lambda: write(SECRET + ".written"))
attempt("frames", lambda: write("/frames/written"))
attempt("processes", lambda: len([name for name in listed("/proc") if name.isdigit()]))
attempt("kill", lambda: os.kill(PID, 0))
attempt("user", os.getuid)
attempt("launcher", lambda: len(open("/proc/1/environ", "rb").read()))
def same(path):
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(text)
    return "written"
attempt("kernel", lambda: same("/proc/sys/kernel/core_pattern"))
def fill(path, megabytes):
    with open(path, "wb") as file:
        for _ in range(megabytes):
            file.write(bytes(1 << 20))
    return "filled"
attempt("shared", lambda: fill("/dev/shm/written", 200))
attempt("devices", lambda: write("/dev/written"))
def call(number, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *arguments) >= 0:
        return "done"
    return os.strerror(ctypes.get_errno())
NEW_USER, ATTACH = 0x10000000, 16
attempt("namespace", lambda: call(272, NEW_USER))
attempt("cloned", lambda: call(56, NEW_USER | 17, 0, 0, 0, 0))
attempt("keys", lambda: call(250, 0, -3, 1))
attempt("ring", lambda: call(425, 1, 0))
attempt("trace", lambda: call(101, ATTACH, 1, 0, 0))
os.symlink(SECRET, "/frames/frame_0002.png")
"""

CROWD = """
import os, time
for _ in range(300):
    if os.fork() == 0:
        time.sleep(600)
        os._exit(0)
time.sleep(600)
"""

HOARDER = """
import time
with open("/tmp/hoard", "wb") as file:
    for _ in range(200):
        file.write(b"x" * (1 << 20))
time.sleep(600)
"""

# Folders deeper than a stack, and than all files that may be open.
BURROWER = """
import os
os.chdir("/tmp")
for _ in range(18000):
    os.mkdir("d")
    os.chdir("d")
os.chdir("/")
print("BURROWED", flush=True)
"""

if "--secret" in sys.argv:
    at = sys.argv.index("--secret")
    secret, port, pid = sys.argv[at + 1 : at + 4]
    NOSY = "SECRET, PORT, PID = %r, %s, %s\n" % (secret, port, pid) + NOSY
    styled("nosy", NOSY)
    styled("crowd", CROWD)
    styled("hoarder", HOARDER)
    styled("burrower", BURROWER)
else:
    for build in (animated, simulated, denoised, without_camera, endless, two_scenes, bordered, half_empty, drawn, light):
        build()
