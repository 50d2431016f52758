"""Pages for those who administer: the users of their authority, and authorities that they coordinate."""
