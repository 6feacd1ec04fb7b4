"""Hostile and odd inputs, each with the exit code and the message that it must end with."""
