"""The API `/api/v1`: start reading at `app.py`; each module with `routes` adds its part."""
