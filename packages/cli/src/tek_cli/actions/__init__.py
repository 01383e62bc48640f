"""What the commands do: ask, list, check, start. Everything but the chat itself."""
