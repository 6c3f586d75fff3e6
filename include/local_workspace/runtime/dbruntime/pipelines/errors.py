"""What goes wrong in a pipeline, apart from Spark's own errors."""


class PipelineError(Exception):
    """The pipeline's definition is wrong, or asks for what the local runner does not do; says what to change."""


class Waiting(BaseException):
    """A function reads a dataset that is not ready yet. Not an Exception, so that user code lets it pass."""

    def __init__(self, dataset: str):
        super().__init__(dataset)
        self.dataset = dataset


class Stopped(BaseException):
    """Somebody asked for the update to stop."""
