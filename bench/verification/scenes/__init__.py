"""Scenes: several problems at once, many points, many calls, descents; each clearly reveals a kind of mistake."""
