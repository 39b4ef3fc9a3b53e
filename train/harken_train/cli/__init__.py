"""The command line of training: it parses, calls one function, shows the result."""
