"""The coordinators' desk: what lies still in the coordinated authorities, and how well they keep their deadlines."""
