"""The ground floor: events, the log they live in, and the one loop that works it. Imports no sibling."""
