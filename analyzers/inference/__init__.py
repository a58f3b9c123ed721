"""What several analyzers call: ONNX sessions, MediaPipe, detection heads, crops and alignment.

Begin with `sessions.py`. Knows pixels and tensors, no requests and no log; imports `analyzers.weights` and
`analyzers.base`, never an analyzer.
"""
