"""The commands: their names, options and help. The work is in `tek_cli.actions`."""
