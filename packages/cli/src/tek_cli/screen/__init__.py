"""The chat on a whole screen, in Textual, which nothing outside this folder imports.

It draws the view of `tek_chat` and submits what is typed. It must never hold a rule about the
connection or about a message: those are the view's.
"""

import os

# Textual reads it when it is imported. A key that is pressed waits for the next drawing: at the 60
# a second that are its default, that is most of what an idle screen takes to show it.
os.environ.setdefault("TEXTUAL_FPS", "120")
