"""What commands print: plain where nobody looks, styled where somebody does.

Begin with `output.py`.
"""
