"""Files that people attach: checked by content, stored outside the database, never executed in a browser."""
