"""Parts that several folders of widgets share."""
