"""A first recipe for recordings that harken has never seen, with the reasons for what it says."""
