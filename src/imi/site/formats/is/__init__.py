"""European Icelandic."""
