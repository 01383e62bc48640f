"""The parts of the window, one widget a file. None may know of the client: only of the view."""
