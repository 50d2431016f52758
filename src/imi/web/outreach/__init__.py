"""Pages of outreach: events, news and newsletters, plans, materials, access to training."""
