"""The training world: invented authorities and people, a year of exchanges between them, and counterparts who answer."""
