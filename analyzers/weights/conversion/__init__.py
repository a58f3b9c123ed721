"""How checkpoints that others publish become ONNX: the architectures written out, and a check that nothing changed.

Everything but `recipes` needs PyTorch, which running Heckler never does.
"""
