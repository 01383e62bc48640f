"""Standard output and standard error, and what typing leaves on a terminal."""
