"""The terminal client: it draws the view of `tek_chat` and submits what is typed.

It must never decide anything about the connection, nor make `--version` wait for what only a
conversation needs: all but typer is imported by the commands themselves.
"""
