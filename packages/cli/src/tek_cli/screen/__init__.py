"""The whole-screen chat, and the only folder that imports Textual.

It draws the view of `tek_chat` and submits what is typed. Rules about the connection and about
messages belong to the view.
"""

import os

# Textual reads it when it is imported. A key press shows at the next frame: at the default of 60
# a second, that wait is most of the time that an idle screen takes to show it.
os.environ.setdefault("TEXTUAL_FPS", "120")
