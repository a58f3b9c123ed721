"""What belongs to the product "analysis", which ends with the findings. Begin with `product.py`."""
