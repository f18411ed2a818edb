# Before a scene of anybody is rendered: what of it reaches beyond the frame. Stands before the scripts that render.
import bpy


def own_tree(scene):
    """The compositing tree of a scene, whether or not it is used."""
    return getattr(scene, "compositing_node_group" if bpy.app.version >= (5, 0, 0) else "node_tree", None)


def runs_scripts():
    """What of the file runs although scripts are off, or None. Whether it is on does not count: strips and compositing trees
    render other scenes, and a keyframe or a driver may switch it on."""
    for scene in bpy.data.scenes:
        if any(len(layer.freestyle_settings.modules) > 0 for layer in scene.view_layers):
            return "Freestyle scripts, which run only in a sandbox"
        if getattr(getattr(scene, "cycles", None), "shading_system", False):
            return "Open Shading Language, which runs only in a sandbox"
    return None


def remove_file_outputs():
    """File Output nodes write anywhere, and their pictures are not part of the frame. They are removed, because a keyframe may
    unmute them."""
    trees = [own_tree(scene) for scene in bpy.data.scenes]
    trees += [group for group in bpy.data.node_groups if group.bl_idname == "CompositorNodeTree"]
    for tree in filter(None, trees):
        for node in [node for node in tree.nodes if node.bl_idname == "CompositorNodeOutputFile"]:
            tree.nodes.remove(node)


