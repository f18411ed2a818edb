#!/usr/bin/env python3
"""A window whose only purpose is that a file can be dragged out of it: drag_source.py FILE X Y."""
import sys
from pathlib import Path

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("Gdk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402


def main():
    path, x, y = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    window = Gtk.Window(title="drag-source")
    window.set_default_size(120, 80)
    area = Gtk.EventBox()
    area.add(Gtk.Label(label=path.name))
    area.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
    area.drag_source_add_uri_targets()
    area.connect("drag-data-get", lambda _w, _c, data, _i, _t: data.set_uris([path.resolve().as_uri()]))
    area.connect("drag-begin", lambda *_: print("began", flush=True))
    area.connect("drag-end", lambda *_: print("ended", flush=True))
    window.add(area)
    window.connect("destroy", Gtk.main_quit)
    window.connect("map-event", lambda *_: print("shown", flush=True))
    window.set_keep_above(True)
    window.move(x, y)
    window.show_all()
    Gtk.main()


main()
