"""`tek-cli demo`: a real gateway is killed in the middle of an answer, and the client recovers."""
