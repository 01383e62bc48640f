"""The chat on a whole screen, in Textual, which nothing outside this folder imports.

It draws the view of `tek_chat` and submits what is typed. It must never hold a rule about the
connection or about a message: those are the view's.
"""
