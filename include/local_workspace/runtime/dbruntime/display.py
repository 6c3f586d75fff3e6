"""`display` and `displayHTML` of a run without a screen: the result goes to the run's log."""

_ROWS = 20
_WIDTH = 60


def display(value=None, *_, **__) -> None:
    """Print a DataFrame's first rows, or whatever else it is."""
    if hasattr(value, "writeStream") and value.isStreaming:
        print(f"display: a stream with the columns {', '.join(value.columns)} (streams are not shown in a run)")
    elif hasattr(value, "_show_string"):
        print(value._show_string(_ROWS, _WIDTH, False))
    elif hasattr(value, "to_string"):
        print(value.head(_ROWS).to_string())
    else:
        print(value)


def display_html(html: str = "") -> None:
    """Note that there was HTML: a log has no place for it."""
    print(f"displayHTML: {len(html)} characters of HTML (not shown in a run's log)")
