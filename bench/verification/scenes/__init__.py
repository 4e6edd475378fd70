"""Scenes: several problems at once, many points, many calls, descents; each shows a kind of mistake sharply."""
