"""Bytes from and to the outside: stopping, byte streams, listening sockets."""
