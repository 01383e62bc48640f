"""What Qt needs around the window: its event loop, threads, logging, and a single instance."""
