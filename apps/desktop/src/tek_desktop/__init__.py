"""The desktop client: a window that draws the view of `tek_chat` and submits what the user types.

Importing this package does not load Qt.
"""
