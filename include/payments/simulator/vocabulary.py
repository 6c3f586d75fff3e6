"""The values that events take. Inside the simulator a value is its position in one of these tuples."""

from __future__ import annotations

from ..taxonomy import DECLINE_REASONS

COUNTRIES = ("BR", "US", "MX", "AR", "CL", "GB", "CA", "DE", "FR", "ES")
PAYER_COUNTRIES = 5
"""Cardholders pay from the first five countries."""
CURRENCIES = ("BRL", "USD", "MXN", "ARS", "CLP", "GBP", "CAD", "EUR", "EUR", "EUR")
UTC_OFFSETS = (-3, -5, -6, -3, -4, 0, -5, 1, 1, 1)
"""Hours that local time is ahead of UTC, by country; summer time is left out."""

SEGMENTS = ("Travel", "Retail", "Gaming", "Digital", "Entertainment", "Grocery", "Fuel", "Subscription")
TRAVEL, RETAIL, GAMING, DIGITAL, ENTERTAINMENT, GROCERY, FUEL, SUBSCRIPTION = range(8)
RISK_TIERS = ("low", "medium", "high")

NETWORKS = ("visa", "mastercard", "amex", "discover")
ROUTES = ("psp_primary", "psp_secondary", "psp_tertiary")
PRIMARY, SECONDARY, TERTIARY = range(3)

ENTRY_SYSTEMS = ("PD", "WS", "SEP", "CHECKOUT")
WS, SEP = 1, 2
FLOWS = ("payment_link", "payment_link_sep", "recurring", "legacy_ws", "standard_ecom")
LINK_FLOW, SEP_LINK_FLOW, RECURRING_FLOW, LEGACY_FLOW, STANDARD_FLOW = range(5)
SOLUTIONS = ("standard", "3ds", "network_token", "passkey", "apple_pay", "google_pay")
STANDARD, THREE_DS, NETWORK_TOKEN, PASSKEY, APPLE_PAY, GOOGLE_PAY = range(6)
ENTRY_MODES = ("ecom", "contactless", "chip", "manual", "recurring")
ECOM, CONTACTLESS, CHIP, MANUAL, RECURRING = range(5)
DEVICE_TYPES = ("mobile", "desktop", "tablet")

FRAUD_PATTERNS = ("none", "lone", "card_testing", "stolen_card", "fraud_ring")
HONEST, LONE, CARD_TESTING, STOLEN_CARD, FRAUD_RING = range(5)

REASONS = tuple(reason.name for reason in DECLINE_REASONS)
REASON = {name: number for number, name in enumerate(REASONS)}
APPROVED = -1
"""Stands for no decline reason."""
