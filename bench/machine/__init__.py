"""The machine: its properties, the sources of noise, and the share of it that this process may use."""
