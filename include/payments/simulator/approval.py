"""Why payments are approved: the log-odds of an attempt, from what is known before the issuer is asked.

Every cause can be seen in the event, in its merchant or in its card's history; few of them act alone. What an issuer
thinks of tokens, from which amount and which score it is strict, and when it sleeps are its own.
"""

from __future__ import annotations

import numpy as np

from .conditions import Conditions
from .purchases import HOUR_MS, Purchases
from .vocabulary import DIGITAL, GAMING, MANUAL, NETWORK_TOKEN, PASSKEY, TRAVEL
from .world import world

BASE = 2.15
"""Log-odds of a first attempt to which nothing else applies; chosen so that about 82 % of all events are approved."""
TYPICAL_USD = 54.6


def appeal(bought: Purchases, now: Conditions) -> np.ndarray:
    """What the purchase itself adds to the log-odds of approval, on any route."""
    here = world()
    issuer, merchant = bought.issuer, bought.merchant
    size = np.log(bought.amount_usd / TYPICAL_USD)
    token, newcomer = bought.token, bought.known_approvals == 0
    risky = here.merchant_tier[merchant] == 2
    digital = np.isin(here.merchant_segment[merchant], (DIGITAL, GAMING))
    return (
        here.merchant_effect[merchant]
        + here.issuer_effect[issuer]
        - 0.10 * size
        + 0.06 * now.season.funds * (1.0 + (size > 1.0))
        - 1.0 * (bought.fraud_score - 0.2)
        - 0.5 * bought.aml_score
        + 0.5 * (bought.device_trust - 0.8)
        + 0.10 * np.minimum(bought.known_approvals, 4)
        - 1.4 * over_limit(bought)
        - 1.5 * suspicious(bought)
        - 1.2 * asleep(bought)
        + np.where(token, np.where(here.issuer_likes_tokens[issuer], 0.8, -0.7), 0.0)
        - 0.9 * (bought.abroad & ~token)
        + 0.4 * (bought.solution == PASSKEY)
        + 0.2 * (bought.solution == NETWORK_TOKEN)
        + bought.uses_3ds * np.where(size > 0.7, 0.9, -0.2)
        - 0.9 * (bought.recurring & bought.debit)
        - 0.6 * (bought.entry_mode == MANUAL)
        - 0.8 * (newcomer & risky)
        - 0.7 * (newcomer & digital & (bought.device_type == 1))
        - 0.5 * ((here.merchant_segment[merchant] == TRAVEL) & bought.recurring)
    )


def over_limit(bought: Purchases) -> np.ndarray:
    """Whether the amount is above the issuer's limit and nobody authenticated the cardholder."""
    return (bought.amount_usd > world().issuer_limit_usd[bought.issuer]) & ~bought.uses_3ds


def suspicious(bought: Purchases) -> np.ndarray:
    """Whether the fraud score is above what the issuer accepts."""
    return bought.fraud_score > world().issuer_score_limit[bought.issuer]


def asleep(bought: Purchases) -> np.ndarray:
    """Whether the issuer is in the three hours of its nightly maintenance."""
    since = bought.ms // HOUR_MS - world().issuer_quiet_hour[bought.issuer]
    return (since >= 0) & (since < 3)
