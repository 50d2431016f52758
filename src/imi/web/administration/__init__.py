"""Pages for those who administer: users of the own authority, and help for those of coordinated ones."""
