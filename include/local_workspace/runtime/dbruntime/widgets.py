"""`dbutils.widgets`: parameters of a notebook. What the run was given wins over a widget's default."""


class InputWidgetNotDefined(Exception):
    """A widget was asked for that is neither defined nor given as a parameter."""


class Widgets:
    """Values are text, as on Databricks; the values of a multiselect are joined by commas."""

    def __init__(self):
        self._given: dict[str, str] = {}
        self._defaults: dict[str, str] = {}

    def give(self, parameters: dict) -> None:
        """Parameters of the run, or of a %run line."""
        self._given.update({str(name): str(value) for name, value in parameters.items()})

    def text(self, name: str, defaultValue: str = "", label: str | None = None) -> None:  # noqa: N803
        self._defaults[name] = str(defaultValue)

    def dropdown(self, name: str, defaultValue: str, choices: list, label: str | None = None) -> None:  # noqa: N803
        if defaultValue not in choices:
            raise ValueError(f"Default {defaultValue!r} of widget {name} is not among its choices: {list(choices)}.")
        self._defaults[name] = str(defaultValue)

    def combobox(self, name: str, defaultValue: str, choices: list, label: str | None = None) -> None:  # noqa: N803
        self._defaults[name] = str(defaultValue)

    def multiselect(self, name: str, defaultValue: str, choices: list, label: str | None = None) -> None:  # noqa: N803
        self.dropdown(name, defaultValue, choices, label)

    def get(self, name: str) -> str:
        values = self.getAll()
        if name not in values:
            defined = ", ".join(sorted(values)) or "none"
            raise InputWidgetNotDefined(f"No input widget named {name} is defined (defined: {defined}).")
        return values[name]

    def getAll(self) -> dict[str, str]:  # noqa: N802
        return {**self._defaults, **self._given}

    def getArgument(self, name: str, defaultValue: str | None = None) -> str:  # noqa: N802, N803
        if defaultValue is not None and name not in self.getAll():
            return defaultValue
        return self.get(name)

    def remove(self, name: str) -> None:
        self._defaults.pop(name, None)
        self._given.pop(name, None)

    def removeAll(self) -> None:  # noqa: N802
        self._defaults.clear()
        self._given.clear()
