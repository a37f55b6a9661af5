"""What the taps cost."""
