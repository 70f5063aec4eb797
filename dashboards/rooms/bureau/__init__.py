"""The environmental bureau: dust at sites and stations, subscriptions, evidence."""
