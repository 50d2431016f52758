"""Who may: people of the authorities, their roles in each policy area and how they sign in."""
