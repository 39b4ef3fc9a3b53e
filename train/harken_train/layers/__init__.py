"""The pieces that several networks are put together from."""
