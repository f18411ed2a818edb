# A bare WebKit window with one line of text: what the window of the same system takes without an app in it. Says `painted`.
import sys

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2

PAGE = """<!doctype html><title>bare</title><p>One line.
<script>requestAnimationFrame(() => requestAnimationFrame(() => { document.title = 'painted'; }));</script>"""

window = Gtk.Window(default_width=1280, default_height=800)
view = WebKit2.WebView()
view.connect("notify::title", lambda *_: view.get_title() == "painted" and print("painted", flush=True))
view.load_html(PAGE, "about:blank")
window.add(view)
window.connect("destroy", Gtk.main_quit)
window.show_all()
Gtk.main()
sys.exit(0)
