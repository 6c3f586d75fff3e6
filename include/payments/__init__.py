"""The payment domain: events, reasons, thresholds, dates, files and the simulator.

Pure Python, numpy and pyarrow with relative imports only, so that the folder works as `include.payments` in this
project and as `payments` where it is uploaded beside notebooks and pipelines.
"""
