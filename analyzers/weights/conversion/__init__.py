"""How checkpoints that others publish become ONNX: the architectures written out, and a check that nothing changed.

Begin with `recipes.py`. Everything but that needs PyTorch, which running Heckler never does.
"""
