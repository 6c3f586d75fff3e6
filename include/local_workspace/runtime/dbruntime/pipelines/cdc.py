"""AUTO CDC."""


def source(spark, changes):
    raise NotImplementedError


def schema(frame, changes):
    raise NotImplementedError


class Changes:
    pass
