"""A roast as a picture to share.

Begin with `draw.py`. Everything here runs in a process pool of its own, `render_queue.py`.
"""
