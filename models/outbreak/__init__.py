"""Too many cases, cases that gather, and streets without any: what the district makes of counts."""
