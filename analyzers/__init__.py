"""The critics in the front row: each looks at a photo in its own way and knows nothing of the others."""
