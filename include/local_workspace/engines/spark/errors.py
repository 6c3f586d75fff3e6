"""What goes wrong in the Spark engine."""


class SparkEngineError(RuntimeError):
    """The engine itself cannot be set up, started or reached; the message says what to do."""
