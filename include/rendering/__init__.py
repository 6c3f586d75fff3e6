"""Dashboards as pages: a published AI/BI dashboard and the data of its datasets become HTML and pictures."""
