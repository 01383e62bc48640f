"""Line mode: a chat that only adds lines, for pipes, dumb terminals and screen readers."""
