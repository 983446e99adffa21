"""A partner when nobody is there: sends your own picture back, from a process of its own."""
