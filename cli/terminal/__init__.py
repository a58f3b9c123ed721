"""What commands print: plain in a file or a pipe, styled on a terminal.

Begin with `output.py`.
"""
