"""Helpers shared by several families of implementations: layouts, lists, tensors, the compile cache."""
