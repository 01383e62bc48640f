"""The desktop client: it draws the view of `tek_chat` and submits what is typed.

It must never decide anything about the connection, nor load Qt before it is needed.
"""
