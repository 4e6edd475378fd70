"""False-alarm rate and power of the gate, compared with the gates of other tools."""
