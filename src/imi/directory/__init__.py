"""Who takes part: countries, authorities, their competence, access, coordinators, registers and holidays."""
