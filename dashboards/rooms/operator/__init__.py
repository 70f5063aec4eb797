"""The operators' pages: warnings, cases, feeds, rules."""
