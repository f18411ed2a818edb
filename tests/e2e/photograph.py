#!/usr/bin/env python3
"""Keeps what the screen shows of a window: photograph.py WINDOW-ID FILE.png.

Read from the X server and not asked of WebDriver: this is what a person sees, and WebKitGTK never answers a request
for a picture when its DMA-BUF renderer is off.
"""
import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("GdkX11", "3.0")
from gi.repository import Gdk, GdkX11  # noqa: E402


def main():
    Gdk.init(sys.argv)
    display = Gdk.Display.get_default()
    window = GdkX11.X11Window.foreign_new_for_display(display, int(sys.argv[1]))
    _, x, y = window.get_origin()
    root = Gdk.get_default_root_window()
    picture = Gdk.pixbuf_get_from_window(root, x, y, window.get_width(), window.get_height())
    if picture is None or not picture.savev(sys.argv[2], "png", ["compression"], ["1"]):
        sys.exit("no picture")


main()
