"""The pictures of docs/world.md, from the simulator itself: `python -m bench.world_pictures` writes docs/images."""

from datetime import date, timedelta
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd

from include.payments.simulator.blocks import CALM_DAYS, block_start
from include.payments.simulator.calendar import incidents, planned_decoys
from include.payments.simulator.conditions import usual
from include.payments.simulator.events import table
from include.payments.simulator.ground_truth import truth_table
from include.payments.simulator.holidays import holidays
from include.payments.simulator.rhythm import hours
from include.payments.simulator.seasons import volume
from include.payments.simulator.simulation import simulate
from include.payments.simulator.vocabulary import COUNTRIES, SEGMENTS
from include.payments.simulator.world import BLOCK_DAYS, world

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402 - after the choice of a backend without a screen

IMAGES = Path(__file__).parents[1] / "docs" / "images"
_SEED, _BLOCK, _EVENTS = 42, 37, 20_000
_CALM = date(2026, 11, 4)
_BLUE, _RED, _GREY, _GREEN = "#2f6db5", "#c0392b", "#8a8f98", "#3a8f5c"


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    plt.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    made = simulate(_CALM, 200_000, _SEED, usual(_CALM))
    payments = table(made).to_pandas().assign(fraud=truth_table(made)["fraud_pattern"].to_pandas().fillna("none"))
    for draw in (rhythm, calendar, incident, retries, fraud):
        figure = draw(payments)
        figure.tight_layout()
        figure.savefig(IMAGES / f"world-{draw.__name__}.png", dpi=110)
        plt.close(figure)


def rhythm(payments: pd.DataFrame) -> plt.Figure:
    """Hours of the day by line of business, and days of a year."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), width_ratios=(2, 3))
    here = world()
    in_brazil = here.merchant_country == COUNTRIES.index("BR")
    for segment, colour in (("Travel", _GREY), ("Gaming", _BLUE), ("Grocery", _GREEN), ("Subscription", _RED)):
        [first, *_] = np.flatnonzero((here.merchant_segment == SEGMENTS.index(segment)) & in_brazil)
        left.plot(100 * hours(0.0)[:, first], color=colour, label=segment)
    left.set(xlabel="hour, UTC (Brazil is three hours behind)", ylabel="% of the day's purchases", ylim=(0, None))
    left.legend(frameon=False)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    right.plot(days, [volume(day) for day in days], color=_BLUE, linewidth=0.9)
    off = [day for day in days if "BR" in holidays(day)]
    right.plot(off, [volume(day) for day in off], "o", color=_RED, markersize=4, label="holiday in Brazil")
    right.set(ylabel="volume", xlabel="with the setting `seasonal`; 1 is an ordinary day at the end of 2023")
    right.legend(frameon=False, loc="upper left")
    return figure


def calendar(payments: pd.DataFrame) -> plt.Figure:
    """Incidents and planned decoys of a block."""
    start = block_start(_BLOCK)
    days = [start + timedelta(days=n) for n in range(BLOCK_DAYS)]
    bars = {(one.first, one.kind): (one, one.values(), _RED) for day in days for one in incidents(day, _SEED)}
    bars |= {(one.first, one.kind): (one, dict(one.cell), _GREY) for day in days for one in planned_decoys(day, _SEED)}
    figure, axes = plt.subplots(figsize=(9, 3.4))
    axes.axvspan(-0.5, CALM_DAYS - 0.5, color="#eef3ea")
    for row, key in enumerate(sorted(bars, reverse=True)):
        one, cell, colour = bars[key]
        first, length = (one.first - start).days, (one.last - one.first).days + 1
        axes.barh(row, length, left=first - 0.5, color=colour, height=0.7)
        words = [column if value == "true" else value for column, value in cell.items()]
        at, side = (first - 0.8, "right") if first > BLOCK_DAYS / 2 else (first + length - 0.3, "left")
        axes.text(at, row, f"{one.kind}: {' x '.join(words)}", va="center", ha=side)
    axes.set(yticks=[], xlim=(-0.5, BLOCK_DAYS - 0.5), xlabel=f"day of the block that begins on {start}, seed {_SEED}")
    axes.set_title("incidents (red) and planned decoys (grey); the first ten days have no incident", fontsize=9)
    return figure


def incident(payments: pd.DataFrame) -> plt.Figure:
    """A hidden incident in its cell, and in either column alone."""
    start = block_start(_BLOCK)
    days = [start + timedelta(days=n) for n in range(BLOCK_DAYS)]
    found = next(one for day in days for one in incidents(day, _SEED) if one.kind == "route_degraded")
    hit = np.array([found.first <= day <= found.last for day in days])
    events = [table(simulate(day, _EVENTS, _SEED)).to_pandas() for day in days]
    cells = [found.values(), *({column: value} for column, value in found.values().items())]
    figure, all_axes = plt.subplots(1, 3, figsize=(9, 2.8), sharey=True)
    for axes, cell in zip(all_axes, cells, strict=True):
        inside = [rows[np.logical_and.reduce([rows[c] == v for c, v in cell.items()])] for rows in events]
        rate = np.array([rows.is_approved.mean() for rows in inside])
        size = np.array([len(rows) for rows in inside])
        error = 200 * np.sqrt(rate * (1 - rate) / size)
        for rows, colour in ((np.flatnonzero(hit), _RED), (np.flatnonzero(~hit), _BLUE)):
            axes.errorbar(rows, 100 * rate[rows], error[rows], fmt="o", ms=3, lw=0.8, color=colour)
        axes.set_title(f"{' x '.join(cell.values())}: {size.mean():.0f} a day", fontsize=9)
        axes.set_xlabel("day of the block")
    all_axes[0].set_ylabel("approved, %")
    return figure


def retries(payments: pd.DataFrame) -> plt.Figure:
    """Success of retries by reason and delay."""
    again = payments[payments.is_retry]
    before = payments.set_index("transaction_id").loc[again.retry_of_transaction_id]
    names = ("1 to 5 min", "15 to 60 min", "2 to 6 h")
    delay = pd.cut(again.retry_delay_seconds, (0, 600, 5000, 30_000), labels=names)
    groups = [before.decline_reason.to_numpy(), delay.to_numpy()]
    rate = 100 * again.is_approved.groupby(groups, observed=True).mean().unstack()
    rate = rate.sort_values("2 to 6 h")
    figure, axes = plt.subplots(figsize=(9, 3.2))
    for name, colour in zip(names, (_GREY, _BLUE, _RED), strict=True):
        axes.plot(rate[name], range(len(rate)), "o", color=colour, label=f"after {name}")
    axes.set(yticks=range(len(rate)), xlim=(0, 100), xlabel="retries that are approved, %")
    axes.set_yticklabels(rate.index, fontsize=8)
    axes.grid(axis="x", alpha=0.3)
    axes.legend(frameon=False, loc="lower right")
    return figure


def fraud(payments: pd.DataFrame) -> plt.Figure:
    """The fraud score of fraud and of honest payments, and bursts among the payments of some hours."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), width_ratios=(2, 3))
    bins = np.linspace(0, 1, 41)
    honest = payments.fraud == "none"
    left.hist(payments.fraud_score[honest], bins, density=True, color=_BLUE, alpha=0.6, label="honest")
    left.hist(payments.fraud_score[~honest], bins, density=True, color=_RED, alpha=0.6, label="fraud")
    left.set(xlabel="fraud_score", yticks=[])
    left.legend(frameon=False)
    hour = payments.event_timestamp.dt.hour
    some = payments[(hour >= 18) & (hour < 22)]
    at = (some.event_timestamp - some.event_timestamp.dt.floor("D")).dt.total_seconds() / 3600
    quiet = some.fraud == "none"
    right.scatter(at[quiet][::10], some.amount_usd[quiet][::10], s=1, color=_GREY, alpha=0.5)
    for name, colour in (("card_testing", _RED), ("stolen_card", _BLUE), ("lone", _GREEN)):
        rows = some.fraud == name
        right.scatter(at[rows], some.amount_usd[rows], s=9, color=colour, label=name)
    right.set(yscale="log", xlabel="hour, UTC", ylabel="amount, US dollars")
    right.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 0.98), ncols=3)
    return figure


if __name__ == "__main__":
    main()
