"""The server: the handshake, access, and a connection of each protocol mode."""
