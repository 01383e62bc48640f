"""The terminal client: it draws the view of `tek_chat` and submits what is typed.

Everything but typer is imported inside the commands that need it, so that `--help` and `--version`
are fast.
"""
