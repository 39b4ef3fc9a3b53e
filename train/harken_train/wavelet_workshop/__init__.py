"""What a wavelet and its depth make of one recording: figures, words and a picture."""
