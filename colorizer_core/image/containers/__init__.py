"""What a file of each kind carries beside its pixels: read out, and written in, without touching the pixels."""
