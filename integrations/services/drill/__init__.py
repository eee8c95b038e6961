"""The drill: a workflow through every trouble the sandbox knows, and whether each event had its effect once.

It never touches the hub it was started from. A lane (`inside`) is a process with a data directory and a
database of its own; in it each trial begins from the same copy of both, so that what is left in the
simulated apps afterwards can be compared with what an undisturbed run leaves (`footprint`).
"""
