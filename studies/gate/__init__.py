"""The gate's false-alarm rate and power, beside other tools' gates."""
