"""The conversation: messages, answers, and the composer."""
