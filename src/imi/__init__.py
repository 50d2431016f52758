"""Cross-border administrative cooperation: authorities ask and answer each other, each in its own language."""
