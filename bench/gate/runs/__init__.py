"""Comparison of saved runs: is an implementation slower in NEW than in OLD?"""
