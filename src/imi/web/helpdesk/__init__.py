"""Pages of the help desk: questions, the desk of a coordinator, messages about exchanges, frequent answers."""
