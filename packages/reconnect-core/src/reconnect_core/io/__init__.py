"""The parts of a session that act: sockets, tasks, clocks and storage."""
