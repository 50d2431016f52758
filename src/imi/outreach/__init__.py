"""What coordinators do for their authorities beside cases: events, news, plans, materials, access to training.

Source: the coordinator's task sheet, third block (inform, train and support those who work with IMI).
"""
