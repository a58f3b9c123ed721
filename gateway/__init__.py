"""The door: photos come in as HTTP, events go out as a stream. It keeps no state of its own."""
