"""The training world: invented authorities and people, a year of exchanges, and counterparts who answer."""
